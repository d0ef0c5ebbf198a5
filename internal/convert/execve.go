package convert

import (
	"lxdocker/internal/failure"
	"lxdocker/internal/guest"
	"lxdocker/internal/humanize"
)

// What a program can be started with. The first two are limits of execve(2), with the usual
// limit of the stack; the third is ours: to read a list takes the init script a time that
// grows with the square of its length, a fifth of a second for so many.
const (
	maxString  = 128<<10 - 1 // bytes: MAX_ARG_STRLEN without the NUL
	maxStrings = 2 << 20     // bytes of all arguments and variables, with a NUL and a pointer for each
	maxEntries = 1000
)

// startable is an error if no program can be started with what a process says.
func startable(p guest.Process) error {
	total := 0
	for _, list := range []struct {
		name    string
		strings []string
	}{{"ENTRYPOINT", p.Entrypoint}, {"CMD", p.Cmd}, {"ENV", p.Env}, {"VOLUME", p.Volumes}} {
		if n := len(list.strings); n > maxEntries {
			return failure.Publicf(failure.TooLarge, "%s has %d entries, and no container starts with more than %d", list.name, n, maxEntries)
		}
		for _, s := range list.strings {
			if total += len(s) + 1 + 8; len(s) > maxString {
				return failure.Publicf(failure.TooLarge, "an entry of %s has %d bytes, and Linux starts no program with more than %d", list.name, len(s), maxString)
			}
		}
	}
	if total > maxStrings {
		return failure.Publicf(failure.TooLarge, "ENTRYPOINT, CMD, ENV and VOLUME take %s together, and Linux starts no program with more than %s", humanize.Bytes(int64(total)), humanize.Bytes(maxStrings))
	}
	return nil
}
