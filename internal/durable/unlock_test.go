package durable

import (
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// A process that is being started has all files of the one that starts it, until it
// becomes another program.
func TestAChildThatIsBeingStartedKeepsNoLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	for name, take := range map[string]func() (*FileLock, error){
		"of a file": func() (*FileLock, error) { return TryLock(path) },
		"of a byte": func() (*FileLock, error) { return TryLockByte(path, 7) },
	} {
		l, err := take()
		if err != nil {
			t.Fatal(name, err)
		}
		child, err := unix.Dup(int(l.file.Fd()))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = unix.Close(child) }()
		l.Unlock()
		again, err := take()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		again.Unlock()
	}
}
