package settings

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// Shown is a setting that counts.
type Shown struct {
	Setting string `json:"setting"`
	Value   any    `json:"value"` // text, or a list of texts
	From    string `json:"from"`  // as Origin writes it
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
}

// Text is the value in a line; "-" if there is none.
func (s Shown) Text() string {
	if list, ok := s.Value.([]string); ok {
		return cmp.Or(strings.Join(list, " "), "-")
	}
	return cmp.Or(s.Value.(string), "-")
}

// Show lists the shared settings as a command's flags have them after Apply, and then what
// is said of single commands.
func (s *Said) Show(known Known, f *pflag.FlagSet) (all []Shown) {
	for _, shared := range flagsOf(known.Shared) {
		flag := f.Lookup(shared.Name)
		var v any = shownAs(flag, flag.Value.String())
		if list, ok := flag.Value.(pflag.SliceValue); ok {
			v = list.GetSlice()
		}
		all = append(all, shown(flag.Name, v, OriginOf(f, flag.Name)))
	}
	said := maps.Clone(s.file)
	if said == nil {
		said = map[string]value{}
	}
	maps.Copy(said, s.environment)
	for _, key := range slices.Sorted(maps.Keys(said)) {
		if v := said[key]; strings.HasPrefix(key, Section+".") {
			_, name := cutLast(key)
			command, _ := cutLast(strings.TrimPrefix(key, Section+"."))
			all = append(all, shown(key, v.like(known.Commands[command].Lookup(name)), v.origin))
		}
	}
	return all
}

func shown(setting string, v any, o Origin) Shown {
	return Shown{setting, v, o.String(), o.File, o.Line, o.Col}
}

// like is the value as a list if the flag is one.
func (v value) like(flag *pflag.Flag) any {
	if _, list := flag.Value.(pflag.SliceValue); list {
		return v.texts
	}
	return v.texts[0]
}

func cutLast(key string) (before, last string) {
	at := strings.LastIndexByte(key, '.')
	return key[:max(at, 0)], key[at+1:]
}

// Hide makes --help leave out a flag that another command's help explains.
func Hide(flag *pflag.Flag) { flag.Hidden = true }
