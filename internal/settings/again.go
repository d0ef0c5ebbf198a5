package settings

import (
	"slices"

	"github.com/spf13/pflag"
)

// CopyGiven gives flags the values that another set of the same flags has from its command
// line.
func CopyGiven(to, from *pflag.FlagSet) error {
	for _, flag := range flagsOf(to) {
		if OriginOf(from, flag.Name).Flag == "" {
			continue
		}
		if err := set(to, flag, texts(from.Lookup(flag.Name))); err != nil {
			return err
		}
	}
	return nil
}

// Change is a setting that counts otherwise than before.
type Change struct{ Setting, Was, Now, From string }

// Changes compares two sets of the same flags.
func Changes(was, now *pflag.FlagSet) (all []Change) {
	for _, flag := range flagsOf(was) {
		other := now.Lookup(flag.Name)
		// What is said may mean another thing than the default that reads the same: no limit,
		// and a part of the disk.
		if a, b := saying(flag), saying(other); a != b {
			all = append(all, Change{flag.Name, shownAs(flag, a), shownAs(flag, b), OriginOf(now, flag.Name).String()})
		}
	}
	return all
}

func saying(flag *pflag.Flag) string {
	text := flag.Value.String()
	if flag.Value.Type() == "SIZE" && !flag.Changed {
		return text + " (default)"
	}
	return text
}

// Take gives flags the values of another set; all of them, if none is named.
func Take(f, from *pflag.FlagSet, names ...string) {
	for _, flag := range flagsOf(f) {
		if len(names) > 0 && !slices.Contains(names, flag.Name) {
			continue
		}
		other := from.Lookup(flag.Name)
		_ = set(f, flag, texts(other)) // another flag of the same kind has it
		flag.Changed = other.Changed
	}
}

func texts(flag *pflag.Flag) []string {
	if list, ok := flag.Value.(pflag.SliceValue); ok {
		return list.GetSlice()
	}
	return []string{flag.Value.String()}
}
