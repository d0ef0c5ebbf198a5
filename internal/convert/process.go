package convert

import (
	"maps"
	"slices"
	"strings"

	"lxdocker/internal/guest"
	"lxdocker/internal/oci"
	"lxdocker/internal/spec"
)

// process says what the container shall run: the image's own words, changed by
// the edits'.
func process(c oci.Config, e spec.Edits) guest.Process {
	entrypoint, cmd := c.Entrypoint, c.Cmd
	if e.Entrypoint != nil {
		// Docker's rule: a new entrypoint makes the image's CMD meaningless.
		entrypoint, cmd = *e.Entrypoint, nil
	}
	if e.Cmd != nil {
		cmd = *e.Cmd
	}
	return guest.Process{
		Entrypoint:  entrypoint,
		Cmd:         cmd,
		Env:         environment(c.Env, e.Env),
		User:        either(e.User, c.User),
		WorkDir:     either(e.WorkDir, c.WorkingDir),
		TTY:         e.TTY,
		StopSignal:  either(e.StopSignal, c.StopSignal),
		StopTimeout: e.StopTimeout,
		Supervise:   supervise(e.DisableSupervisor),
		Restart:     e.Restart,
		Health:      health(c, e),
		ShmSize:     e.ShmSize,
		Tmp:         e.Tmp,
		Run:         e.Run,
		Volumes:     c.Volumes,
	}
}

func supervise(disabled *bool) guest.Supervision {
	switch {
	case disabled == nil:
		return guest.Decide
	case *disabled:
		return guest.Never
	}
	return guest.Always
}

// environment is the image's list with the edits' values put over it: changed
// ones in their place, new ones behind, sorted.
func environment(image []string, changes map[string]string) []string {
	env := slices.Clone(image)
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		line := name + "=" + changes[name]
		if i := slices.IndexFunc(env, func(e string) bool { return strings.HasPrefix(e, name+"=") }); i >= 0 {
			env[i] = line
		} else {
			env = append(env, line)
		}
	}
	return env
}

func either[T any](spec *T, image T) T {
	if spec != nil {
		return *spec
	}
	return image
}
