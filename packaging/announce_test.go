package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"lxdocker/internal/testenv"
)

// announced is what the script says, in a tree of its own and for a testbed.
func announced(t *testing.T, tree, testbed string, words ...string) string {
	t.Helper()
	script, err := os.ReadFile("announce")
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(tree, "packaging/announce")
	if err := os.MkdirAll(filepath.Dir(copied), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(copied, script, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", append([]string{copied}, words...)...)
	cmd.Env = append(os.Environ(), "LXDOCKER_TESTBED="+testbed)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("announce %q: %v: %s", words, err, out)
	}
	return string(out)
}

func TestWhatTakesLongIsAnnouncedWithHowMuchAndHowLong(t *testing.T) {
	testenv.NeedsProgram(t, "go", "golang-go")
	const testbed = "/some/testbed"
	for target, want := range map[string][]string{
		"build":  {"== building lxdocker and imgserver", "100 MB", "a minute of a fast processor, ten of a slow one", "200 MB", " processors\n"},
		"demo":   {"== the demo: ", "busybox-static (1 MB)", "14 MB", "no\n   network", "5055 and 8443"},
		"test":   {"== everything is tested, as root", "half an hour", "2 GB", testbed, "make unit takes minutes"},
		"e2e":    {"== end to end", "ten minutes or more", "tail -f " + testbed + "/log/images.log"},
		"incus7": {"== Incus 7 needs a root of Debian sid", testbed + "/sid", "some hundred MB, in several minutes"},
	} {
		got := announced(t, t.TempDir(), testbed, target)
		for _, text := range want {
			if !strings.Contains(got, text) {
				t.Errorf("%s: %q is not in:\n%s", target, text, got)
			}
		}
	}
}

func TestWhatIsThereAlreadyIsNotAnnounced(t *testing.T) {
	testenv.NeedsProgram(t, "go", "golang-go")
	for target, file := range map[string]string{"build": "bin/lxdocker", "incus7": "testbed/sid"} {
		tree := t.TempDir()
		if err := os.MkdirAll(filepath.Join(tree, file), 0o755); err != nil {
			t.Fatal(err)
		}
		if got := announced(t, tree, filepath.Join(tree, "testbed"), target); got != "" {
			t.Errorf("%s: it says %q", target, got)
		}
	}
}

// The announcement comes before the first thing that takes long.
func TestMakeAnnouncesBeforeItWorks(t *testing.T) {
	testenv.NeedsProgram(t, "make", "make")
	long := regexp.MustCompile(`^(go (build|test)|@?test/|cd test|exec )`)
	for target, word := range map[string]string{"build": "build", "demo": "demo", "test": "test", "e2e": "e2e", "test-incus7": "incus7"} {
		cmd := exec.Command("make", "-n", target)
		cmd.Dir, cmd.Env = "..", append(os.Environ(), "MAKEFLAGS=", "MAKELEVEL=") // it may be make that runs this
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("make -n %s: %v", target, err)
		}
		said, builds := false, false
		for line := range strings.Lines(string(out)) {
			line = strings.TrimSpace(line)
			said = said || line == "packaging/announce "+word
			builds = builds || line == "packaging/announce build"
			if long.MatchString(line) && !said && !(builds && strings.HasPrefix(line, "go build")) {
				t.Errorf("make %s begins with %q, and has said nothing of it", target, line)
				break
			}
		}
		if !said {
			t.Errorf("make %s announces nothing", target)
		}
	}
}
