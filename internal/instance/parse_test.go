package instance

import (
	"strings"
	"testing"
)

func TestPortsAreReadAsDockerReadsThem(t *testing.T) {
	for text, want := range map[string]string{
		"8080:80":                  "tcp:0.0.0.0:8080 tcp:127.0.0.1:80",
		"127.0.0.1:8080:80":        "tcp:127.0.0.1:8080 tcp:127.0.0.1:80",
		"53:53/udp":                "udp:0.0.0.0:53 udp:127.0.0.1:53",
		"[::1]:8080:80":            "tcp:[::1]:8080 tcp:[::1]:80",
		"8000-8010:9000-9010":      "tcp:0.0.0.0:8000-8010 tcp:127.0.0.1:9000-9010",
		"8000-8010:80":             "tcp:0.0.0.0:8000-8010 tcp:127.0.0.1:80",
		"80":                       "!name the port of the host",
		"0:80":                     "!\"0\" is no port",
		"8080:65536":               "!\"65536\" is no port",
		"9-8:1":                    "!\"9-8\" is no port",
		"8000-8010:9000-9001":      "!are 11 ports",
		"8080:80/sctp":             "!neither tcp nor udp",
		"host.example.org:8080:80": "!no address",
		"":                         "!name the port",
	} {
		p, err := ParsePort(text)
		if says, wrong := strings.CutPrefix(want, "!"); wrong {
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%q: %v", text, err)
			}
			continue
		}
		d := p.device()
		if got := d["listen"] + " " + d["connect"]; err != nil || got != want {
			t.Errorf("%q: %q, %v", text, got, err)
		}
		if back, ok := parsePort(d["listen"]); !ok || back.Host != p.Host || back.Address != p.Address || back.Protocol != p.Protocol {
			t.Errorf("%q: read back it is %+v", text, back)
		}
	}
}

func TestPortsThatMeetAreNoticed(t *testing.T) {
	for pair, want := range map[string]bool{
		"8080:80 8080:81": true, "8080:80 8081:80": false, "8000-8010:80 8005:80": true, "8080:80/udp 8080:80": false,
		"127.0.0.1:8080:80 8080:80": true, "127.0.0.1:8080:80 127.0.0.2:8080:80": false,
	} {
		a, b, _ := strings.Cut(pair, " ")
		p, _ := ParsePort(a)
		o, _ := ParsePort(b)
		if p.overlaps(o) != want || o.overlaps(p) != want {
			t.Errorf("%s: %v", pair, !want)
		}
	}
}

func TestMountsAreReadAsDockerReadsThem(t *testing.T) {
	for text, want := range map[string]Mount{
		"data:/var/lib/x":      {Volume: "data", Path: "/var/lib/x"},
		"/srv/www:/www:ro":     {Host: "/srv/www", Path: "/www", ReadOnly: true},
		"/srv/www/:/www/:ro,z": {Host: "/srv/www", Path: "/www", ReadOnly: true},
		"/srv:/srv:idmap":      {Host: "/srv", Path: "/srv", Shift: true},
	} {
		if m, err := ParseMount(text); err != nil || m != want {
			t.Errorf("%q: %+v, %v", text, m, err)
		}
	}
	for text, says := range map[string]string{
		"data": "it is VOLUME:PATH", "/data": "it is VOLUME:PATH", "data:x": "no path in the instance", "data:/": "no path in the instance",
		"./data:/x": "neither the name", "data:/x:rx": "none of ro", "a:b:c:d": "it is VOLUME",
	} {
		if _, err := ParseMount(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestSettingsAreDockersOptions(t *testing.T) {
	for name, row := range map[string]struct {
		o          Options
		key, value string
	}{
		"arguments":      {Options{Args: []string{"a", "b c", "", "it's", `\`}}, setting + "CMD", `a 'b c' '' 'it'\''s' '\'`},
		"an entrypoint":  {Options{Entrypoint: "/my program"}, setting + "ENTRYPOINT", "'/my program'"},
		"unless-stopped": {Options{Restart: "unless-stopped"}, setting + "RESTART", "always"},
		"always":         {Options{Restart: "always"}, "boot.autostart", "true"},
		"memory":         {Options{Memory: "1536m"}, "limits.memory", "1536MiB"},
		"memory in kb":   {Options{Memory: "1000kb"}, "limits.memory", "1000KiB"},
		"bytes":          {Options{Memory: "1000001"}, "limits.memory", "1000001B"},
		"processors":     {Options{CPUs: "0.5"}, "limits.cpu.allowance", "50ms/100ms"},
		"one processor":  {Options{CPUSet: "3"}, "limits.cpu", "3-3"},
		"tmpfs":          {Options{Tmpfs: []string{"/tmp:rw,size=16m"}}, setting + "TMP", "16m"},
		"no size":        {Options{Tmpfs: []string{"/run"}}, setting + "RUN", "memory"},
		"no check":       {Options{Health: Health{None: true}}, setting + "HEALTH_CMD", "none"},
		"a stop signal":  {Options{StopSignal: "quit"}, keyStop, "SIGQUIT"},
		"privileged":     {Options{Privileged: PrivilegedHost}, "security.privileged", "true"},
		"nesting":        {Options{Privileged: PrivilegedNesting}, "security.nesting", "true"},
		"no room asked":  {Options{Attached: true}, setting + "LOG_SIZE", ""},
		"room for a log": {Options{Attached: true, Remove: true}, setting + "LOG_SIZE", "1g"},
		"another room":   {Options{Attached: true, Remove: true, Environment: []string{"LXDOCKER_LOG_SIZE=1m"}}, setting + "LOG_SIZE", "1m"},
		"groups":         {Options{Groups: []string{"video", "44"}}, setting + "GROUPS", "video,44"},
	} {
		s, err := row.o.Settings()
		if err != nil || s[row.key] != row.value {
			t.Errorf("%s: %q, %v", name, s, err)
		}
	}
	for says, o := range map[string]Options{
		"is no NAME=VALUE": {Environment: []string{"X"}}, "no empty variables": {Environment: []string{"X="}}, "is no policy": {Restart: "maybe"},
		"a size is": {Memory: "much"}, "no number of processors": {CPUs: "-1"}, "only /tmp and /run": {Tmpfs: []string{"/data"}},
		"is no signal": {StopSignal: "SIGNOTHING"}, "true, false and nesting": {Privileged: "much"}, "not that of the host": {Network: "host"}, "with no other": {Network: "container:web"},
	} {
		if _, err := o.Settings(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}

func TestNamesAreFound(t *testing.T) {
	for wanted, want := range map[string]string{"nginx": "nginx", "my_app.v2": "my-app-v2", "9p": "app-9p", "": "app", strings.Repeat("x", 70): strings.Repeat("x", 50)} {
		if got := freeName(nil, wanted); got != want {
			t.Errorf("%q: %q", wanted, got)
		}
	}
}

func TestPathsAreNames(t *testing.T) {
	long := "/" + strings.Repeat("long/", 30) + "end"
	if got := diskName("/var/lib/my sql"); got != "disk-var-lib-my-sql" {
		t.Error(got)
	}
	if got := diskName(long); len(got) > 64 || !strings.HasSuffix(got, "-long-end") {
		t.Error(got)
	}
}
