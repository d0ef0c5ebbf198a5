package settings

import (
	"fmt"

	"github.com/spf13/pflag"
)

// Origin is where a value was said. The zero value is the default.
type Origin struct {
	File      string // and
	Line, Col int
	Variable  string // of the environment
	Flag      string
}

// String is the origin in a word or two: default, FILE:LINE, environment NAME, flag --name.
func (o Origin) String() string {
	switch {
	case o.Flag != "":
		return "flag --" + o.Flag
	case o.Variable != "":
		return "environment " + o.Variable
	case o.File != "":
		return fmt.Sprintf("%s:%d", o.File, o.Line)
	}
	return "default"
}

// origin annotates a flag that was set for somebody.
const origin = "settings-origin"

// OriginOf says where the value of a flag is from.
func OriginOf(f *pflag.FlagSet, name string) Origin {
	flag := f.Lookup(name)
	if flag == nil || !flag.Changed {
		return Origin{}
	}
	said := flag.Annotations[origin]
	if len(said) != 3 {
		return Origin{Flag: name}
	}
	o := Origin{Variable: said[0], File: said[1]}
	_, _ = fmt.Sscanf(said[2], "%d:%d", &o.Line, &o.Col) // written below
	return o
}

// Given says whether a command line has any flag.
func Given(f *pflag.FlagSet) bool {
	given := false
	f.Visit(func(flag *pflag.Flag) { given = given || OriginOf(f, flag.Name).Flag != "" })
	return given
}

func annotate(f *pflag.FlagSet, name string, o Origin) {
	_ = f.SetAnnotation(name, origin, []string{o.Variable, o.File, fmt.Sprintf("%d:%d", o.Line, o.Col)})
}

// secret annotates a flag whose value is not for everybody.
const secret = "settings-secret"

// Secret makes a flag one whose value is neither shown nor logged.
func Secret(f *pflag.FlagSet, name string) { _ = f.SetAnnotation(name, secret, []string{"true"}) }

// shownAs is what people see of a value.
func shownAs(flag *pflag.Flag, text string) string {
	if flag.Annotations[secret] != nil && text != flag.DefValue {
		return "(secret)"
	}
	return text
}

// secrets are the names of secret flags.
func secrets(f *pflag.FlagSet) (all []string) {
	for _, flag := range flagsOf(f) {
		if flag.Annotations[secret] != nil {
			all = append(all, flag.Name)
		}
	}
	return all
}

// own annotates a flag that the same word at the top level does not mean.
const own = "settings-own"

// Own makes a flag one that means another thing than the setting of its name: it can be
// said in the section of its command only.
func Own(f *pflag.FlagSet, name string) { _ = f.SetAnnotation(name, own, []string{"true"}) }
