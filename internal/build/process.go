package build

import (
	"maps"
	"slices"
	"strings"

	"lxdocker/internal/guest"
	"lxdocker/internal/oci"
	"lxdocker/internal/spec"
)

// process says what the container shall run: the image's own words, changed by
// the spec's.
func process(c oci.Config, s spec.Spec) guest.Process {
	entrypoint, cmd := c.Entrypoint, c.Cmd
	if s.Entrypoint != nil {
		// Docker's rule: a new entrypoint makes the image's CMD meaningless.
		entrypoint, cmd = *s.Entrypoint, nil
	}
	if s.Cmd != nil {
		cmd = *s.Cmd
	}
	supervise := guest.Always
	if s.DisableSupervisor {
		supervise = guest.Never
	}
	return guest.Process{
		Entrypoint: entrypoint,
		Cmd:        cmd,
		Env:        environment(c.Env, s.Env),
		User:       either(s.User, c.User),
		WorkDir:    either(s.WorkDir, c.WorkingDir),
		StopSignal: either(s.StopSignal, c.StopSignal),
		Supervise:  supervise,
		Volumes:    c.Volumes,
	}
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

func either(spec *string, image string) string {
	if spec != nil {
		return *spec
	}
	return image
}
