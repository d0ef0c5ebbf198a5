package convert

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"lxdocker/internal/guest"
	"lxdocker/internal/oci"
	"lxdocker/internal/spec"
)

// process says what the container shall run: the image's own words, changed by
// the spec's.
func process(c oci.Config, s spec.Spec) (guest.Process, error) {
	entrypoint, cmd := c.Entrypoint, c.Cmd
	if s.Entrypoint != nil {
		// Docker's rule: a new entrypoint makes the image's CMD meaningless.
		entrypoint, cmd = *s.Entrypoint, nil
	}
	if s.Cmd != nil {
		cmd = *s.Cmd
	}
	restart, err := guest.ParseRestart(s.Restart)
	if err != nil {
		return guest.Process{}, fmt.Errorf("reading the spec of %s: %w", s.Name, err)
	}
	return guest.Process{
		Entrypoint:  entrypoint,
		Cmd:         cmd,
		Env:         environment(c.Env, s.Env),
		User:        either(s.User, c.User),
		WorkDir:     either(s.WorkDir, c.WorkingDir),
		StopSignal:  either(s.StopSignal, c.StopSignal),
		StopTimeout: s.StopTimeout,
		Supervise:   supervise(s.DisableSupervisor),
		Restart:     restart,
		Health:      health(c, s),
		ShmSize:     s.ShmSize,
		Volumes:     c.Volumes,
	}, nil
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

// environment is the image's list with the spec's values put over it: changed
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
