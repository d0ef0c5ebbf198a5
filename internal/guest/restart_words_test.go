package guest

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"lxdocker/internal/lifecycle"
)

// What is valid in a spec is valid as an instance's setting, which `plan` checks.
func TestInstancesMaySetTheRestartPoliciesOfSpecs(t *testing.T) {
	t.Parallel()
	functions := regexp.MustCompile(`(?ms)^is_\w+\(\) \{.*?^\}\n|^is_\w+\(\) \{[^\n]*\}\n`).FindAllString(string(file("plan")), -1)
	script := filepath.Join(t.TempDir(), "tests")
	var text string
	for _, f := range functions {
		text += f
	}
	must(t, os.WriteFile(script, []byte(text), 0o644))
	for _, policy := range []string{
		"no", "always", "on-failure", "on-failure:1", "on-failure:30", "on-failure:", "on-failure:0", "on-failure:-1", "on-failure:x", "on-failure:3x",
		"unless-stopped", "sometimes", "No", " no", "no ", "on-failure 3", "*",
	} {
		_, err := lifecycle.ParseRestart(policy)
		run := exec.Command(busyboxFile(), "sh", "-c", `. "$0"; is_restart_policy "$1"`, script, policy)
		out, shellErr := run.CombinedOutput()
		if (err == nil) != (shellErr == nil) || len(out) > 0 {
			t.Errorf("%q: as a spec's %v, as an instance's %v; %s", policy, err, shellErr, out)
		}
	}
}
