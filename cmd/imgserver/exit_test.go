package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/pflag"

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
		"users of whom one has no password":  {entering(t, "admin\n"), command.ExitNeedsPerson},
		"a file of users that is too large":  {entering(t, strings.Repeat("#\n", 1<<20)), command.ExitNeedsPerson},
		"a file of users that is not there":  {entering(t, ""), command.ExitFailed},
		"a file that may not be read":        {lasts(&fs.PathError{Op: "open", Path: "users", Err: syscall.EACCES}), command.ExitNeedsPerson},
		"a disk that does not answer":        {lasts(&fs.PathError{Op: "read", Path: "users", Err: syscall.EIO}), command.ExitFailed},
		"a folder that is not there":         {missing, command.ExitFailed},
		"anything else":                      {errors.New("no"), command.ExitFailed},
		"wrong usage":                        {lasts(command.Usagef("no")), command.ExitUsage},
	} {
		if code := exitCode(c.err, io.Discard); code != c.code {
			t.Errorf("%s: exit code %d, not %d (%v)", name, code, c.code, c.err)
		}
	}
}

// entering is why a server does not start with --users FILE, which says text; "" is no file.
func entering(t *testing.T, text string) error {
	t.Helper()
	file := filepath.Join(t.TempDir(), "users")
	if text != "" {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := &site{options: &options{}, log: slog.New(slog.DiscardHandler), now: time.Now}
	flags := pflag.NewFlagSet("imgserver", pflag.ContinueOnError)
	s.options.Register(flags)
	if err := flags.Parse([]string{"--lxdimages", t.TempDir(), "--address", "127.0.0.1:0", "--users", file}); err != nil {
		t.Fatal(err)
	}
	return s.open()
}
