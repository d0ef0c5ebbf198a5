package guest

import (
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"

	"lxdocker/internal/lifecycle"
)

// Process is what the image, or the spec in its place, says about the
// application. The strings come from outside; they may hold any byte except NUL,
// and are used unchanged.
type Process struct {
	// Together they are the command line, whose first word is looked up in the PATH
	// of Env unless it has a slash. An instance may change one of them alone, and has
	// to if both are empty.
	Entrypoint, Cmd []string

	Env         []string           // NAME=VALUE; of several entries with one name the last counts; no name is a setting here
	Settings    []string           // NAME=VALUE of a spec, as in the environment of an instance, which takes precedence: see IsSetting
	User        string             // as in a Dockerfile: "", "name", "1000", "name:group", "1000:0"; looked up in the container
	Groups      []string           // names or numbers, beside those of the user
	WorkDir     string             // "" is "/"
	StopSignal  string             // "SIGQUIT", "QUIT", "3", "RTMIN+3"; "" is SIGTERM
	StopTimeout *time.Duration     // how long the application may take to end, in whole seconds; 0 is forever; nil is 90 s
	Supervise   Supervision        // who is PID 1
	TTY         bool               // whether it has the console, as a terminal; otherwise nothing to read, and pipes
	Restart     lifecycle.Restart  // what happens when the application ends by itself
	Health      *Health            // how to check whether the application works; nil: not at all
	ShmSize     int64              // of /dev/shm, in bytes; 0 is 64 MiB
	LogSize     *int64             // of the log in the instance, in bytes; 0 is none; nil is 10 MiB
	Tmp, Run    lifecycle.Volatile // where /tmp and /run are
	Volumes     []string           // directories that have to exist, and whose content fills an empty disk device
}

// Supervision says who is PID 1.
type Supervision int

const (
	Decide Supervision = iota // the application if it is an init system (s6-overlay, systemd, openrc), else our init
	Always                    // our init: it passes a stop on and waits for the application
	Never                     // the application
)

// data gives the strings in each file of /.lxdocker/image, for the scripts.
func (p Process) data() (map[string][]string, error) {
	signal, err := stopSignal(p.StopSignal)
	if err != nil {
		return nil, err
	}
	data := map[string][]string{
		"entrypoint":   p.entrypoint(),
		"cmd":          p.Cmd,
		"env":          variables(p.Env),
		"settings":     variables(p.Settings),
		"user":         {p.User},
		"groups":       {strings.Join(p.Groups, ",")},
		"workdir":      {absolute(p.WorkDir)},
		"stop_signal":  {fmt.Sprint(signal)},
		"stop_timeout": {p.stopTimeout()},
		"supervise":    {[]string{Decide: "decide", Always: "yes", Never: "no"}[p.Supervise]},
		"tty":          {map[bool]string{false: "no", true: "yes"}[p.TTY]},
		"log_size":     {strconv.FormatInt(p.logSize(), 10)},
		"restart":      {p.Restart.String()},
		"shm_size":     {strconv.FormatInt(p.shmSize(), 10)},
		"tmp":          {p.Tmp.String()},
		"run":          {p.Run.String()},
		"volumes":      p.volumes(),
	}
	health := Health{} // the defaults, for an instance that brings a check of its own
	if p.Health != nil {
		health, data["health_argv"] = *p.Health, p.Health.Argv
	}
	data["health"] = health.data()
	for name, list := range data {
		for _, s := range list {
			if strings.Contains(s, "\x00") {
				return nil, fmt.Errorf("a NUL byte in %s %q: no program can be started with that", name, s)
			}
		}
	}
	return data, nil
}

// entrypoint is none if it is an empty word, which is how Docker writes that.
func (p Process) entrypoint() []string {
	if len(p.Entrypoint) == 1 && p.Entrypoint[0] == "" {
		return nil
	}
	return p.Entrypoint
}

// stopTimeout is in whole seconds, rounded up: the scripts know no others.
func (p Process) stopTimeout() string {
	timeout := lifecycle.DefaultStopTimeout
	if p.StopTimeout != nil {
		timeout = *p.StopTimeout
	}
	return strconv.FormatInt(int64((timeout+time.Second-1)/time.Second), 10)
}

func (p Process) shmSize() int64 {
	if p.ShmSize == 0 {
		return lifecycle.DefaultShmSize
	}
	return p.ShmSize
}

func (p Process) logSize() int64 {
	if p.LogSize == nil {
		return lifecycle.DefaultLogSize
	}
	return *p.LogSize
}

func (p Process) volumes() []string {
	list := make([]string, 0, len(p.Volumes))
	for _, v := range p.Volumes {
		list = append(list, absolute(v))
	}
	return list
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

// absolute is a path of the image from its root, which Docker takes relative ones
// to be relative to.
func absolute(name string) string { return path.Clean("/" + name) }

// encode writes a data file.
func encode(list []string) []byte {
	b := []byte{} // not nil, even without strings: that would mean a directory
	for _, s := range list {
		b = append(append(b, s...), 0)
	}
	return b
}
