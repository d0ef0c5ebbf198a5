//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// killAfter runs lxdocker and kills it at a moment, alone or with all it has
// started. It says whether the run was still going on.
func (s *site) killAfter(t *testing.T, moment time.Duration, alone bool) bool {
	t.Helper()
	cmd := s.command(t.Context())
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // its own group, to be killed as one
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(moment)
	victim := -cmd.Process.Pid
	if alone {
		victim = cmd.Process.Pid
	}
	_ = syscall.Kill(victim, syscall.SIGKILL)
	_ = cmd.Wait()
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled()
}

// forgetCache makes the next run fetch everything again.
func (s *site) forgetCache(t *testing.T) {
	t.Helper()
	if err := os.RemoveAll(s.cache); err != nil {
		t.Fatal(err)
	}
}

// leftovers lists what lies where lxdocker works on images before it publishes them.
func (s *site) leftovers(t *testing.T) []string {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(s.images, ".tmp", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return left
}
