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
	unit, err := os.ReadFile("systemd/imgserver.service")
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("\nRestartPreventExitStatus=%d %d\n", command.ExitUsage, command.ExitNeedsPerson)
	if !strings.Contains(string(unit), want) {
		t.Errorf("the unit does not say %q:\n%s", want, unit)
	}
}
