package guest

import (
	"errors"
	"fmt"
	"path"
	"strings"
)

// Process is what the image, or the spec in its place, says about the
// application. The strings come from outside: any bytes but NUL are taken as
// they are.
type Process struct {
	Argv              []string // ENTRYPOINT and CMD; the first is looked up in the PATH of Env unless it has a slash
	Env               []string // NAME=VALUE; of two entries with one name the last counts
	User              string   // as in a Dockerfile: "", "name", "1000", "name:group", "1000:0"; looked up in the container
	WorkDir           string   // "" is "/"
	StopSignal        string   // "SIGQUIT", "QUIT", "3", "RTMIN+3"; "" is SIGTERM
	DisableSupervisor bool     // the application itself becomes PID 1
	Volumes           []string // directories that have to be there
}

// data gives the files below /.lxdocker that say it all to the scripts.
func (p Process) data() (map[string][]string, error) {
	if len(p.Argv) == 0 || p.Argv[0] == "" {
		return nil, errors.New("the image names no command to run: give it an entrypoint or cmd")
	}
	signal, err := stopSignal(p.StopSignal)
	if err != nil {
		return nil, err
	}
	supervise := "yes"
	if p.DisableSupervisor {
		supervise = "no"
	}
	files := map[string][]string{
		"argv":        p.Argv,
		"env":         variables(p.Env),
		"user":        {p.User},
		"workdir":     {absolute(p.WorkDir)},
		"stop_signal": {fmt.Sprint(signal)},
		"supervise":   {supervise},
	}
	for name, list := range files {
		for _, s := range list {
			if strings.Contains(s, "\x00") {
				return nil, fmt.Errorf("a NUL byte in %s %q: no program can be started with that", name, s)
			}
		}
	}
	return files, nil
}

// variables drops what no environment can hold usefully: entries without a
// name or without "=" (runc refuses a container that has one).
func variables(env []string) []string {
	kept := make([]string, 0, len(env))
	for _, e := range env {
		if strings.Index(e, "=") > 0 {
			kept = append(kept, e)
		}
	}
	return kept
}

// absolute is a path of the image, always from the root: Docker takes relative
// ones as relative to it.
func absolute(name string) string { return path.Clean("/" + name) }

// encode writes a data file.
func encode(list []string) []byte {
	var b []byte
	for _, s := range list {
		b = append(append(b, s...), 0)
	}
	return b
}
