package guest

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// Each setting that a script knows is in the list of settings.sh, and each of the list
// is documented, and known to a script.
func TestTheSettingsAreThoseThatAreDocumented(t *testing.T) {
	t.Parallel()
	name := regexp.MustCompile(`LXDOCKER_([A-Z][A-Z_]*[A-Z])\b`)
	names := func(text string) map[string]bool {
		found := map[string]bool{}
		for _, m := range name.FindAllStringSubmatch(text, -1) {
			found[m[1]] = true
		}
		return found
	}
	_, list, _ := strings.Cut(string(file("settings.sh")), `settings="`)
	list, _, _ = strings.Cut(list, `"`)
	listed := map[string]bool{}
	for name := range strings.FieldsSeq(list) {
		listed[name] = true
	}
	used := map[string]bool{}
	for _, script := range scriptFiles(t) {
		text := comment.ReplaceAllString(string(file(script)), "")
		maps.Copy(used, names(text))
		for _, m := range regexp.MustCompile(`\b(?:choose|place|setting) ([A-Z_]+) `).FindAllStringSubmatch(text, -1) {
			used[m[1]] = true
		}
		for _, m := range regexp.MustCompile(`\bduration_setting ([A-Z_]+) `).FindAllStringSubmatch(text, -1) {
			used["HEALTH_"+m[1]] = true
		}
	}
	delete(used, "HEALTH")
	documented := map[string]bool{}
	for _, page := range []string{"containers.md", "network.md"} {
		b, err := os.ReadFile("../../docs/" + page)
		must(t, err)
		maps.Copy(documented, names(string(b)))
	}
	for name := range used {
		if !listed[name] {
			t.Errorf("a script knows LXDOCKER_%s; the list in settings.sh does not", name)
		}
	}
	for name := range listed {
		if !used[name] {
			t.Errorf("no script knows LXDOCKER_%s, which is in the list of settings.sh", name)
		}
		if !documented[name] {
			t.Errorf("LXDOCKER_%s is not documented", name)
		}
	}
}

func TestASettingThatDoesNotExistIsReported(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ name, says string }{
		"two letters changed places":     {"LXDOCKER_UESR", "LXDOCKER_UESR: there is no such setting: did you mean LXDOCKER_USER?"},
		"a letter is missing":            {"LXDOCKER_STOP_TIMOUT", "LXDOCKER_STOP_TIMOUT: there is no such setting: did you mean LXDOCKER_STOP_TIMEOUT?"},
		"small letters":                  {"LXDOCKER_workdir", "LXDOCKER_workdir: there is no such setting: did you mean LXDOCKER_WORKDIR?"},
		"a dash":                         {"LXDOCKER_SHM-SIZE", "LXDOCKER_SHM-SIZE: there is no such setting: did you mean LXDOCKER_SHM_SIZE?"},
		"without the underscore":         {"LXDOCKERUSER", "LXDOCKERUSER: there is no such setting: did you mean LXDOCKER_USER?"},
		"nothing like it":                {"LXDOCKER_PLEASE", "LXDOCKER_PLEASE: there is no such setting"},
		"nothing that may be printed":    {"LXDOCKER_\x1b[2J\n$(reboot)", "LXDOCKER_?[2J?$(reboot): there is no such setting"},
		"a name that begins with it all": {"LXDOCKER_USERS", "LXDOCKER_USERS: there is no such setting: did you mean LXDOCKER_USER?"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := image{conf: "exit 0", env: []string{test.name + "=x"}}
			i.Settings = []string{test.name + "=y"} // said once all the same
			c := run(t, i)
			c.wait()
			if want := []string{test.says, "/probe ended: exit 0"}; !slices.Equal(ours(c), want) {
				t.Errorf("the console says %q, not %q", ours(c), want)
			}
		})
	}
}

func TestAnInstanceChangesHowOftenItIsChecked(t *testing.T) {
	t.Parallel()
	image2 := func() image {
		return image{Process: Process{Health: &Health{Argv: []string{"/none"}, Interval: time.Minute, Timeout: 7 * time.Second, StartPeriod: time.Second, Retries: 9}}, conf: "end 15"}
	}
	const own = "60000 7000 1000 5000 9 nothing"
	for name, test := range map[string]struct {
		env  []string
		want string
		says []string
	}{
		"no setting": {nil, own, nil},
		"all":        {[]string{"LXDOCKER_HEALTH_INTERVAL=1m30s", "LXDOCKER_HEALTH_TIMEOUT=1.5h", "LXDOCKER_HEALTH_START_PERIOD=0s", "LXDOCKER_HEALTH_START_INTERVAL=500ms", "LXDOCKER_HEALTH_RETRIES=1"}, "90000 5400000 0 500 1 nothing", nil},
		"one":        {[]string{"LXDOCKER_HEALTH_INTERVAL=08.25s"}, "8250 7000 1000 5000 9 nothing", nil},
		"mistakes": {[]string{"LXDOCKER_HEALTH_INTERVAL=0s", "LXDOCKER_HEALTH_TIMEOUT=5", "LXDOCKER_HEALTH_START_PERIOD=1m x", "LXDOCKER_HEALTH_START_INTERVAL=9999999h", "LXDOCKER_HEALTH_RETRIES=0"}, own, []string{
			"LXDOCKER_HEALTH_INTERVAL: '0s' is not a duration such as 30s or 1m30s: the image's own is taken",
			"LXDOCKER_HEALTH_TIMEOUT: '5' is not a duration such as 30s or 1m30s: the image's own is taken",
			"LXDOCKER_HEALTH_START_PERIOD: '1m x' is not a duration such as 30s or 1m30s: the image's own is taken",
			"LXDOCKER_HEALTH_START_INTERVAL: '9999999h' is not a duration such as 30s or 1m30s: the image's own is taken",
			"LXDOCKER_HEALTH_RETRIES: '0' is not a number from 1 to 999: the image's own is taken",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := image2()
			i.env = test.env
			c := run(t, i)
			c.waitForLine("ready")
			if got := strings.Join(strings.Split(strings.TrimSuffix(c.file("run/lxdocker/plan/health"), "\x00"), "\x00"), " "); got != test.want {
				t.Errorf("it is checked by %q, not %q", got, test.want)
			}
			if got := said(c, len(test.says)); !slices.Equal(got, test.says) {
				t.Errorf("the console says %q, not %q", got, test.says)
			}
		})
	}
}

func TestAnImageWithoutAHealthCheckSaysSo(t *testing.T) {
	t.Parallel()
	for name, i := range map[string]image{
		"no check":                      {},
		"one that the instance drops":   {Process: Process{Health: &Health{Argv: []string{"/none"}}}, env: []string{"LXDOCKER_HEALTH_CMD=none"}},
		"settings of a check, but none": {env: []string{"LXDOCKER_HEALTH_INTERVAL=1s"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i.conf = "end 15"
			c := run(t, i)
			c.waitForLine("ready")
			if got := c.file("run/lxdocker/health"); got != `{"status":"none"}`+"\n" {
				t.Errorf("the health is %q", got)
			}
			info, err := os.Stat(c.path("run/lxdocker/health"))
			must(t, err)
			if info.Mode().Perm() != 0o644 {
				t.Errorf("its mode is %v", info.Mode())
			}
		})
	}
}
