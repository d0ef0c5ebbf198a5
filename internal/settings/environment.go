package settings

import (
	"errors"
	"strings"

	"github.com/spf13/pflag"

	"lxdocker/internal/command"
	"lxdocker/internal/spec/diag"
)

// File is the environment variable that names the file, as --config does.
const File = Prefix + "CONFIG"

// readEnvironment reads variables, as os.Environ has them.
func readEnvironment(environ []string, known Known) (map[string]value, error) {
	flags, keys, all := map[string]*pflag.Flag{}, map[string]string{}, []string{File}
	for _, s := range known.all() {
		name := Variable(s.key)
		flags[name], keys[name], all = s.flag, s.key, append(all, name)
	}
	values := map[string]value{}
	var wrong []error
	for _, variable := range environ {
		name, text, _ := strings.Cut(variable, "=")
		switch flag := flags[name]; {
		case !strings.HasPrefix(name, Prefix) || name == File:
		case known.Commands == nil && strings.HasPrefix(name, Variable(Section)+"_"): // another program's
		case flag == nil:
			hint := ""
			if near := diag.Nearest(name, all); near != "" {
				hint = ": did you mean " + near + "?"
			}
			wrong = append(wrong, command.Usagef("there is no setting for the environment variable %s%s", name, hint))
		default:
			texts := []string{text}
			if _, list := flag.Value.(pflag.SliceValue); list {
				texts = strings.Fields(text)
			}
			for _, t := range texts {
				if why := try(flag, t); why != "" {
					wrong = append(wrong, command.Usagef("%s %s", name, command.Refused(shownAs(flag, t), why)))
				}
			}
			values[keys[name]] = value{texts, Origin{Variable: name}}
		}
	}
	return values, errors.Join(wrong...)
}
