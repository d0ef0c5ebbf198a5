package access

import (
	"fmt"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/crypto/bcrypt"

	"lxdocker/internal/durable"
)

const (
	largestFile = 1 << 20
	// mostCost is that of a hash that takes about two seconds: who asks would wait for it.
	mostCost = 15
)

// readUsers reads a file of htpasswd: a line for each user, NAME:HASH. A message never has
// the hash, nor what somebody may have written in its place.
func readUsers(path string) (map[string][]byte, error) {
	if err := durable.CheckOwner(path); err != nil {
		return nil, fmt.Errorf("reading the users: %w", err)
	}
	text, err := readSmall(path)
	if err != nil {
		return nil, fmt.Errorf("reading the users: %w", err)
	}
	users := map[string][]byte{}
	number := 0
	for line := range strings.Lines(text) {
		number++
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		name, hash, err := parseUser(line)
		if err == nil && users[name] != nil {
			err = fmt.Errorf("%s is there already", name)
		}
		if err != nil {
			return nil, fmt.Errorf("reading the users: %s:%d: %w", path, number, err)
		}
		users[name] = []byte(hash)
	}
	if len(users) == 0 {
		return nil, fmt.Errorf("reading the users: nobody is in %s: `htpasswd -B %s NAME` adds somebody", path, path)
	}
	return users, nil
}

func readSmall(path string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", err
	case info.Mode().Type() != 0:
		return "", &fs.PathError{Op: "reading", Path: path, Err: fmt.Errorf("this is no file")}
	case info.Size() > largestFile:
		return "", &fs.PathError{Op: "reading", Path: path, Err: fmt.Errorf("the file has more than %d bytes", largestFile)}
	}
	text, err := os.ReadFile(path)
	return string(text), err
}

func parseUser(line string) (name, hash string, err error) {
	name, hash, ok := strings.Cut(line, ":")
	odd := func(r rune) bool { return r <= ' ' || r == '=' || r == '/' || r == 0x7f }
	switch {
	case !ok:
		return "", "", fmt.Errorf("a line is NAME:HASH")
	case name == "" || strings.IndexFunc(name, odd) >= 0:
		return "", "", fmt.Errorf("the name of a user has no spaces, = and /, and is not empty")
	}
	cost, err := bcrypt.Cost([]byte(hash))
	switch {
	case err != nil:
		return "", "", fmt.Errorf("the password of %s is not hashed with bcrypt: run `htpasswd -B` for it", name)
	case cost > mostCost:
		return "", "", fmt.Errorf("checking the password of %s would take long: its cost is %d, and may be %d: run `htpasswd -B -C 10` for it", name, cost, mostCost)
	}
	return name, hash, nil
}
