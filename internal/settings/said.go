package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/pflag"

	"lxdocker/internal/command"
)

// Said is what people have said for all runs.
type Said struct {
	File        string // that was read; "" if there is none
	environment map[string]value
	file        map[string]value
}

// Read reads a file, which has to be there if somebody named it, and the environment. Of an
// empty name, no file is read. An error is a command.UsageError or diag.Diagnostics.
func Read(name string, named bool, environ []string, known Known) (*Said, error) {
	s := &Said{}
	var err error
	if s.environment, err = readEnvironment(environ, known); err != nil || name == "" {
		return s, err
	}
	text, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !named:
		return s, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, command.Usagef("reading the settings: %w", err)
	case errors.Is(err, fs.ErrPermission) && !named:
		return nil, fmt.Errorf("reading the settings: %w (--config '' reads none)", err)
	case err != nil:
		return nil, fmt.Errorf("reading the settings: %w", err)
	}
	s.File = name
	values, wrong := readFile(name, text, known)
	s.file = values
	return s, wrong.Err()
}

// Apply sets the flags of a command that were not given on its command line. section is its
// name in Section, or "".
func (s *Said) Apply(f *pflag.FlagSet, section string) error {
	for _, flag := range flagsOf(f) {
		if flag.Changed {
			continue
		}
		v, ok := s.of(flag, section)
		if !ok {
			continue
		}
		if err := set(f, flag, v.texts); err != nil {
			return fmt.Errorf("%s: %w", v.origin, err)
		}
		annotate(f, flag.Name, v.origin)
	}
	return nil
}

// of is what was said of a flag: what is said of the command counts more than what is said
// of all, and the environment more than the file.
func (s *Said) of(flag *pflag.Flag, section string) (value, bool) {
	var keys []string
	if section != "" {
		keys = append(keys, path(section, flag.Name))
	}
	if flag.Annotations[own] == nil {
		keys = append(keys, flag.Name)
	}
	for _, values := range []map[string]value{s.environment, s.file} {
		for _, key := range keys {
			if v, ok := values[key]; ok {
				return v, true
			}
		}
	}
	return value{}, false
}

func set(f *pflag.FlagSet, flag *pflag.Flag, texts []string) error {
	list, ok := flag.Value.(pflag.SliceValue)
	if !ok {
		return f.Set(flag.Name, texts[0])
	}
	flag.Changed = true // Set of an empty list would have nothing to set
	return list.Replace(texts)
}
