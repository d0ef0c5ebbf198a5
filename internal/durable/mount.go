package durable

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Unmounted returns the folder, path itself or one above it, at which /etc/fstab has a disk
// that is not mounted; "" if there is none. Files written to path then are on another disk,
// and hidden once the right one is mounted.
func Unmounted(path string) string { return unmounted(path, "/etc/fstab", "/proc/self/mountinfo") }

func unmounted(path, fstab, mountinfo string) string {
	wanted, err := os.ReadFile(fstab)
	if err != nil {
		return ""
	}
	there, err := os.ReadFile(mountinfo)
	if err != nil {
		return ""
	}
	mounted := map[string]bool{}
	for line := range strings.Lines(string(there)) {
		if fields := strings.Fields(line); len(fields) > 4 { // proc_pid_mountinfo(5): the fifth
			mounted[unescape(fields[4])] = true
		}
	}
	path, longest := real(path), ""
	for line := range strings.Lines(string(wanted)) {
		fields := strings.Fields(line) // fstab(5): the second
		if len(fields) < 3 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		at := filepath.Clean(unescape(fields[1]))
		if filepath.IsAbs(at) && at != "/" && len(at) > len(longest) && (path == at || strings.HasPrefix(path, at+"/")) {
			longest = at
		}
	}
	if mounted[longest] {
		return ""
	}
	return longest
}

// real is a path without links, as far as it is there.
func real(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	for dir, rest := abs, ""; ; dir, rest = filepath.Dir(dir), filepath.Join(filepath.Base(dir), rest) {
		if found, err := filepath.EvalSymlinks(dir); err == nil {
			return filepath.Join(found, rest)
		}
		if dir == filepath.Dir(dir) {
			return abs
		}
	}
}

// unescape reads the octal escapes of both files: \040 is a space.
func unescape(field string) string {
	var out strings.Builder
	for i := 0; i < len(field); i++ {
		if field[i] == '\\' && i+3 < len(field) {
			if n, err := strconv.ParseUint(field[i+1:i+4], 8, 8); err == nil {
				out.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		out.WriteByte(field[i])
	}
	return out.String()
}
