package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"lxdocker/internal/command"
	"lxdocker/internal/durable"
	"lxdocker/internal/store/dir"
)

// systemd starts the server again after 1, and not after 2 and 3.
func TestOnlyAfterWhatARestartMayMendTheExitCodeIsOne(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, ".format"), []byte(`{"format":1000000}`), 0o644); err != nil {
		t.Fatal(err)
	}
	_, newer := dir.Open(folder)
	o := &options{}
	o.Images = filepath.Join(folder, "nowhere")
	_, missing := o.folder()
	if err := os.Chmod(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		err  error
		code int
	}{
		"a folder of a newer format":         {newer, command.ExitNeedsPerson},
		"a folder that everybody may change": {fmt.Errorf("opening the cache: %w", durable.CheckOwner(folder)), command.ExitNeedsPerson},
		"what settings name":                 {fmt.Errorf("starting: %w", lasts(io.ErrUnexpectedEOF)), command.ExitNeedsPerson},
		"a folder that is not there":         {missing, command.ExitFailed},
		"anything else":                      {errors.New("no"), command.ExitFailed},
		"wrong usage":                        {lasts(command.Usagef("no")), command.ExitUsage},
	} {
		if code := exitCode(c.err, io.Discard); code != c.code {
			t.Errorf("%s: exit code %d, not %d (%v)", name, code, c.code, c.err)
		}
	}
}
