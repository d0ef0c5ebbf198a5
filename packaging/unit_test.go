package packaging

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"lxdocker/internal/command"
)

// Whatever a restart does not mend would otherwise fill the journal every ten seconds.
func TestTheUnitKnowsTheExitCodesThatARestartDoesNotMend(t *testing.T) {
	for file, codes := range map[string]string{
		"imgserver.service":      fmt.Sprintf("%d %d", command.ExitUsage, command.ExitNeedsPerson),
		"lxdocker-agent.service": fmt.Sprint(command.ExitUsage),
	} {
		unit, err := os.ReadFile("systemd/" + file)
		if err != nil {
			t.Fatal(err)
		}
		if want := "\nRestartPreventExitStatus=" + codes + "\n"; !strings.Contains(string(unit), want) {
			t.Errorf("%s does not say %q:\n%s", file, want, unit)
		}
	}
}
