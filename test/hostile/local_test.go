package hostile

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"lxdocker/internal/durable"
	"lxdocker/internal/image"
	"lxdocker/internal/server/certificate"
	"lxdocker/internal/store/dir"
	"lxdocker/internal/testenv"
)

// asNobody makes a command one of a user who has nothing to do with lxdocker.
func asNobody(cmd *exec.Cmd) *exec.Cmd {
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	return cmd
}

func TestALocalUserCannotHoldTheLocksOfAStore(t *testing.T) {
	t.Parallel()
	testenv.NeedsRoot(t)
	flock := testenv.NeedsProgram(t, "flock", "util-linux")
	folder := filepath.Join(t.TempDir(), "images")
	locks := []string{".lock", ".writing", ".making"}
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range locks { // as programs before made them
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	useLocks(t, folder)
	for _, name := range locks {
		out, err := asNobody(exec.CommandContext(t.Context(), flock, "--shared", "--nonblock", filepath.Join(folder, name), "true")).CombinedOutput()
		if err == nil {
			t.Errorf("nobody can hold %s", name)
		}
		t.Logf("nobody got: %s", out)
	}
}

// useLocks takes every lock of a store once.
func useLocks(t *testing.T, folder string) {
	t.Helper()
	s, err := dir.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	unlock, err := s.TryLock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	release, err := s.TryLock(t.Context(), image.Product{Name: "web", Architecture: "amd64"})
	if err != nil {
		t.Fatal(err)
	}
	release()
	if d, err := s.Draft(t.Context()); err != nil {
		t.Fatal(err)
	} else {
		d.Discard()
	}
}

// Somebody who may open the lock after all, such as another program of root's, is named.
func TestALocalUserWhoHoldsALockIsNamed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	lock, err := durable.TryLock(path)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Unlock()
	ctx, cancel := context.WithCancel(t.Context())
	var told string
	_, err = durable.Lock(ctx, path, func(holder string) {
		told = holder
		cancel()
	})
	self, e := os.ReadFile("/proc/self/comm")
	if e != nil {
		t.Fatal(e)
	}
	if name := strings.TrimSpace(string(self)); !strings.Contains(told, name) || !strings.Contains(err.Error(), name) {
		t.Errorf("who waits is told %q and %v, not %q", told, err, name)
	}
	t.Log(err)
}

func TestALocalUsersFoldersAreNotUsed(t *testing.T) {
	t.Parallel()
	testenv.NeedsRoot(t)
	folder := filepath.Join(t.TempDir(), "images")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(folder, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	s, err := dir.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.TryLock(t.Context()); err == nil || !strings.Contains(err.Error(), "belongs to user 65534") {
		t.Errorf("taking the lock in a folder of nobody's: %v", err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
		t.Errorf("in it are %v, %v", left, err)
	}
}

func TestALocalUsersKeyIsNotUsed(t *testing.T) {
	t.Parallel()
	testenv.NeedsRoot(t)
	files, err := certificate.SelfSigned(filepath.Join(t.TempDir(), "tls"), []string{"localhost"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(files.Key, 0o644); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	if _, err := certificate.Load(files, slog.New(slog.NewTextHandler(&log, nil))); err != nil || !strings.Contains(log.String(), files.Key) {
		t.Errorf("a key that all may read: %v, and the log says %q", err, &log)
	}
	if err := os.Chown(files.Key, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	_, err = certificate.Load(files, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "belongs to user 65534") {
		t.Errorf("a key of nobody's: %v", err)
	}
	t.Log(err)
}
