package command_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"lxdocker/internal/command"
	"lxdocker/internal/failure"
)

// A code for a kind of failure would be a promise (docs/adr/0014-exit-codes-know-no-kinds.md).
func TestAFailureOfAnyKindIsOneCode(t *testing.T) {
	for _, kind := range failure.Kinds() {
		var said bytes.Buffer
		err := fmt.Errorf("converting nginx: %w", failure.New(kind, errors.New("no")))
		if code := command.Report("lxdocker", err, &said); code != command.ExitFailed || said.String() != "lxdocker: converting nginx: no\n" {
			t.Errorf("%s: exit code %d, and it says %q", kind, code, &said)
		}
	}
}

func TestWrongUsageIsACodeOfItsOwn(t *testing.T) {
	var said bytes.Buffer
	err := fmt.Errorf("flags: %w", command.Usagef("--keep is a number"))
	if code := command.Report("lxdocker", err, &said); code != command.ExitUsage || !strings.Contains(said.String(), "`lxdocker --help`") {
		t.Errorf("exit code %d, and it says %q", code, &said)
	}
}
