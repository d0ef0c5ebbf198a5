package durable

import (
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"syscall"
)

// OwnerError is what CheckOwner finds. It stays until somebody runs the command that it names.
type OwnerError struct{ Err error }

func (e OwnerError) Error() string { return e.Err.Error() }

// Unwrap gives what is wrong.
func (e OwnerError) Unwrap() error { return e.Err }

// CheckOwner says why a file or folder cannot be trusted: another user owns it, or may
// write to it. The user of this process, root, the user who calls sudo, and a group with
// the number of its only user do not count as others.
func CheckOwner(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	mode := info.Mode().Perm()
	switch {
	case !IsOurs(info):
		return OwnerError{fmt.Errorf("%s belongs to user %d, who could change what is in it: run this as that user, or `chown %d %s`", path, st.Uid, os.Geteuid(), path)}
	case mode&0o002 != 0:
		return OwnerError{fmt.Errorf("%s may be written by everybody: run `chmod o-w %s`", path, path)}
	case mode&0o020 != 0 && st.Gid != 0 && st.Gid != st.Uid:
		return OwnerError{fmt.Errorf("%s may be written by all of group %d: run `chmod g-w %s`", path, st.Gid, path)}
	}
	return nil
}

// IsOurs says whether who owns a file, folder or link may decide what this process does.
func IsOurs(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	me := os.Geteuid()
	if !ok || st.Uid == 0 || int(st.Uid) == me {
		return true
	}
	return me == 0 && os.Getenv("SUDO_UID") == strconv.FormatUint(uint64(st.Uid), 10)
}
