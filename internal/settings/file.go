package settings

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"lxdocker/internal/spec/diag"
)

// value is what somebody said of a setting; of a list, all items.
type value struct {
	texts  []string
	origin Origin
}

// file is being read.
type file struct {
	*diag.Reader
	name   string
	known  Known
	values map[string]value // by key
}

const howToWrite = "write NAME: VALUE, where NAME is a flag without the dashes before it"

// readFile reads the text of a file.
func readFile(name string, text []byte, known Known) (map[string]value, diag.Diagnostics) {
	shared := names(known.Shared)
	keys := diag.Keys{Known: append(slices.Clone(shared), Section), Secret: secrets(known.Shared)}
	r, root, ok := diag.Read(name, text, diag.Format{Name: "configuration", Hint: howToWrite, Keys: keys, MayBeEmpty: true})
	f := &file{r, name, known, map[string]value{}}
	if ok {
		f.mapping(root, known.Shared, keys, func(e diag.Entry) string { return e.Key })
	}
	return f.values, f.Diagnostics()
}

// mapping reads settings that are flags of a set.
func (f *file) mapping(n diag.Node, flags *pflag.FlagSet, keys diag.Keys, key func(diag.Entry) string) {
	keys.Hint = func(word string) string { return f.elsewhere(flags, word, keys.Meant(word)) }
	for _, e := range f.Entries(n) {
		switch flag := flags.Lookup(e.Key); {
		case e.Key == Section && flags == f.known.Shared:
			f.section(e)
		case flag == nil || !slices.Contains(keys.Known, e.Key):
			f.Unknown(e, keys)
		default:
			if texts, ok := f.read(e, flag); ok {
				f.Remember(key(e), e.At)
				at := f.Places()[key(e)]
				f.values[key(e)] = value{texts, Origin{File: f.name, Line: at.Line, Col: at.Col}}
			}
		}
	}
}

// elsewhere says where a word can be written that is not known here. meant is the known one
// that is like it, or "".
func (f *file) elsewhere(here *pflag.FlagSet, word, meant string) string {
	if here != f.known.Shared {
		return ""
	}
	for _, command := range slices.Sorted(maps.Keys(f.known.Commands)) {
		if flags := f.known.Commands[command]; slices.Contains(names(flags), word) {
			return fmt.Sprintf("it is said of single commands: below %s, below %s", Section, command)
		}
	}
	if meant == "" {
		return "`lxdocker config show` lists all settings"
	}
	return ""
}

// section reads what is said of single commands of lxdocker.
func (f *file) section(e diag.Entry) {
	if !e.Value.IsMapping() {
		f.WrongType(e, e.Key, "a mapping", "write commands below it, and their settings below these")
		return
	}
	if f.known.Commands == nil {
		return
	}
	commands := diag.Keys{Known: slices.Sorted(maps.Keys(f.known.Commands))}
	for _, c := range f.Entries(e.Value) {
		flags, ok := f.known.Commands[c.Key]
		switch {
		case !ok:
			f.Unknown(c, commands)
		case !c.Value.IsMapping():
			f.WrongType(c, c.Key, "a mapping", "write settings of the command below it")
		default:
			f.mapping(c.Value, flags, diag.Keys{Known: names(flags)}, func(e diag.Entry) string { return path(c.Key, e.Key) })
		}
	}
}

// read returns the texts that the flag would be given.
func (f *file) read(e diag.Entry, flag *pflag.Flag) ([]string, bool) {
	if _, list := flag.Value.(pflag.SliceValue); list {
		return f.list(e, flag)
	}
	text, ok := f.text(e, flag)
	return []string{text}, ok && f.right(e, flag, text)
}

func (f *file) list(e diag.Entry, flag *pflag.Flag) ([]string, bool) {
	if !e.Value.IsList() {
		f.WrongType(e, e.Key, "a list", "write - and a blank before each item, or [] for none")
		return nil, false
	}
	texts, all := []string{}, true
	for _, n := range f.Items(e.Value) {
		item := e.Item(n)
		text, ok := f.Text(item, "an item of "+e.Key)
		texts, all = append(texts, text), all && ok && f.right(item, flag, text)
	}
	return texts, all
}

func (f *file) text(e diag.Entry, flag *pflag.Flag) (string, bool) {
	switch flag.Value.Type() {
	case "bool":
		b, ok := f.Bool(e)
		return strconv.FormatBool(b), ok
	case "int", "int64":
		return f.Word(e, "a number", "write a whole number")
	case "duration":
		return f.Word(e, "a duration", "write it like 90s, 30m or 12h")
	}
	return f.Text(e, e.Key)
}

// right tries a value out on the flag.
func (f *file) right(e diag.Entry, flag *pflag.Flag, text string) bool {
	wrong := try(flag, text)
	if wrong == "" {
		return true
	}
	f.WrongValue(e, e.Key+" cannot be "+shownAs(flag, diag.Quote(text)), strings.TrimPrefix(wrong, strconv.Quote(text)+": "))
	return false
}
