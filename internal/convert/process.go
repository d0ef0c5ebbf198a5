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
		Settings:    settings(e.Env),
		User:        either(e.User, c.User),
		Groups:      e.Groups,
		WorkDir:     either(e.WorkDir, c.WorkingDir),
		TTY:         e.TTY,
		StopSignal:  either(e.StopSignal, c.StopSignal),
		StopTimeout: e.StopTimeout,
		Supervise:   supervise(e.DisableSupervisor),
		Restart:     e.Restart,
		Health:      health(c, e),
		ShmSize:     e.ShmSize,
		LogSize:     e.LogSize,
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
// ones in their place, new ones behind, sorted. Of several entries of one name in
// the image the last counts, as for runc, before anything is put over it.
func environment(image []string, changes map[string]string) []string {
	var env []string
	at := make(map[string]int, len(image))
	put := func(name, entry string) {
		if i, ok := at[name]; ok {
			env[i] = entry
			return
		}
		at[name] = len(env)
		env = append(env, entry)
	}
	for _, entry := range image {
		if name, _, _ := strings.Cut(entry, "="); name != "" && name != entry {
			put(name, entry)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		put(name, name+"="+changes[name])
	}
	return env
}

// settings are those in the environment of the edits, sorted. The image's
// environment has none.
func settings(changes map[string]string) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		if guest.IsSetting(name) {
			all = append(all, name+"="+changes[name])
		}
	}
	return all
}

func either[T any](spec *T, image T) T {
	if spec != nil {
		return *spec
	}
	return image
}
