package guest

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// scope is a function of a script, or what a script does outside of its functions.
type scope struct {
	name     string
	function string // "" outside
	events   []event
	itself   map[string]bool // the variables that it sets
	sets     map[string]bool // those that it sets, or that what it calls sets
	calls    map[string]bool // the functions that it calls, or that those call
}

// event is what a scope does with a variable or a function.
type event struct {
	at   int // in the text
	kind eventKind
	name string
}

type eventKind int

const (
	reading eventKind = iota
	setting
	calling
)

var (
	functionText = regexp.MustCompile(`(?ms)^(\w+)\(\) \{(?: [^\n]*\}$|.*?^\})`)
	commands     = regexp.MustCompile(`[^;|&(){}\n]+`)
	words        = regexp.MustCompile(`(?:\$bb +)?\S+`)
	arithmetic   = regexp.MustCompile(`\$\(\((?:[^$]|\$[^(])*?\)\)`) // without commands in it
	plainName    = regexp.MustCompile(`(?:^|[\s(+*/%&|<>=!?:~-])([A-Za-z_]\w*)`)
	variableName = regexp.MustCompile(`^[A-Za-z_]\w*$`)
	stateName    = regexp.MustCompile(`\$(\w+\*?)`)
	keywords     = strings.Fields("if elif while until then do else ! export")
)

// masked gives a script with x for what is in single quotes or behind a backslash, and
// blanks for comments; and the same with x for what is in double quotes, too.
func masked(script string) (expanded, bare string) {
	e, b := []byte(script), []byte(script)
	mask := func(i int, both bool) {
		if b[i] = 'x'; both {
			e[i] = 'x'
		}
	}
	quote := byte(0)
	for i := 0; i < len(script); i++ {
		switch c := script[i]; {
		case quote == '\'' || quote == 0 && c == '\'':
			mask(i, true)
			if c == '\'' {
				quote = '\'' - quote
			}
		case c == '\\':
			mask(i, true)
			i++
			mask(i, true)
		case c == '"':
			mask(i, false)
			quote = '"' - quote
		case quote == '"':
			mask(i, false)
		case c == '#' && (i == 0 || strings.ContainsRune(" \t\n", rune(script[i-1]))):
			for ; i < len(script) && script[i] != '\n'; i++ {
				e[i], b[i] = ' ', ' '
			}
		}
	}
	return string(e), string(b)
}

// newScope reads a text.
func newScope(file, function, text string) *scope {
	s := &scope{name: file, function: function, itself: map[string]bool{}, calls: map[string]bool{}}
	if function != "" {
		s.name += ": " + function
	}
	expanded, bare := masked(text)
	for _, m := range reads.FindAllStringSubmatchIndex(expanded, -1) {
		s.events = append(s.events, event{m[0], reading, expanded[m[2]:m[3]]})
	}
	for _, sum := range arithmetic.FindAllStringIndex(expanded, -1) {
		for _, m := range plainName.FindAllStringSubmatch(expanded[sum[0]:sum[1]], -1) {
			s.events = append(s.events, event{sum[0], reading, m[1]})
		}
	}
	set := func(at int, name string) {
		s.events = append(s.events, event{at, setting, name})
		s.itself[name] = true
	}
	for _, m := range readInto.FindAllStringSubmatchIndex(bare, -1) {
		for name := range strings.FieldsSeq(bare[m[2]:m[3]]) {
			set(m[1], name)
		}
	}
	for _, command := range commands.FindAllStringIndex(bare, -1) {
		before := true // the words before the command's name may be assignments
		for _, m := range words.FindAllStringIndex(bare[command[0]:command[1]], -1) {
			word := bare[command[0]+m[0] : command[0]+m[1]]
			switch name, _, found := strings.Cut(word, "="); {
			case before && found && variableName.MatchString(name):
				set(command[0]+m[1], name) // behind the value, which may read the same variable
			case !slices.Contains(keywords, word):
				before = false
			}
			s.events = append(s.events, event{command[1], calling, word}) // behind the arguments
		}
	}
	slices.SortStableFunc(s.events, func(a, b event) int { return a.at - b.at })
	s.sets = maps.Clone(s.itself)
	return s
}

// scopesOf takes a program apart: its functions by name, and all scopes.
func scopesOf(texts map[string]string) (functions map[string]*scope, all []*scope) {
	functions = map[string]*scope{}
	for _, file := range slices.Sorted(maps.Keys(texts)) {
		for _, m := range functionText.FindAllStringSubmatch(texts[file], -1) {
			functions[m[1]] = newScope(file, m[1], m[0])
			all = append(all, functions[m[1]])
		}
		all = append(all, newScope(file, "", functionText.ReplaceAllString(texts[file], "")))
	}
	for changed := true; changed; {
		changed = false
		for _, s := range all {
			for _, e := range s.events {
				if f := functions[e.name]; e.kind == calling && f != nil {
					before := len(s.sets) + len(s.calls)
					maps.Copy(s.sets, f.sets)
					maps.Copy(s.calls, f.calls)
					s.calls[e.name] = true
					changed = changed || len(s.sets)+len(s.calls) > before
				}
			}
		}
	}
	return functions, all
}

// returned gives the variables by which functions of the program hand something to
// their callers, or to functions that are called later, and says who does what.
func returned(texts map[string]string) map[string]string {
	functions, all := scopesOf(texts)
	found := map[string]string{}
	for _, s := range all {
		setBy := map[string]*scope{} // by s, or what it has called; a variable that is not there is its callers'
		for _, e := range s.events {
			f := functions[e.name]
			switch {
			case e.kind == setting:
				setBy[e.name] = s
			case e.kind == calling && f != nil && f != s:
				for name := range f.sets {
					setBy[name] = f
				}
			case e.kind == reading && setBy[e.name] != nil && setBy[e.name] != s:
				found[e.name] = s.name + " reads what " + setBy[e.name].name + " sets"
			case e.kind == reading && setBy[e.name] == nil:
				if other := notByCallers(e.name, s, all); other != nil {
					found[e.name] = s.name + " reads what " + other.name + " has set"
				}
			}
		}
	}
	return found
}

// notByCallers gives a function that sets a variable which s reads, if none of the
// scopes does that may have called s, and neither does the program itself.
func notByCallers(name string, s *scope, all []*scope) *scope {
	var other *scope
	for _, by := range all {
		switch {
		case !by.itself[name]:
		case by.function == "" || by.calls[s.function]:
			return nil
		default:
			other = by
		}
	}
	return other
}

// namedState gives the variables that a script names in the paragraph behind "State:" at its
// beginning. A name with a star stands for all that begin so.
func namedState(script string) []string {
	_, rest, _ := strings.Cut(script, "\n# State: ")
	var found []string
	for i, line := range strings.Split(rest, "\n") {
		if i > 0 && (!strings.HasPrefix(line, "# ") || strings.HasPrefix(line, "# shellcheck ")) {
			break
		}
		for _, m := range stateName.FindAllStringSubmatch(line, -1) {
			found = append(found, m[1])
		}
	}
	return found
}

// isState tells whether one of the patterns is that of a variable.
func isState(name string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		beginning, star := strings.CutSuffix(pattern, "*")
		return name == pattern || star && strings.HasPrefix(name, beginning)
	})
}

func TestWhatFunctionsReturnHasItsPrefix(t *testing.T) {
	t.Parallel()
	for _, program := range programFiles(t) {
		if program == "quote" {
			continue // it is a program for awk
		}
		texts := closure(t, program)
		state := fromOutside()[program]
		for _, text := range texts {
			state = append(state, namedState(text)...)
		}
		for name, why := range returned(texts) {
			if !strings.HasPrefix(name, "ret_") && !isState(name, state) {
				t.Errorf("$%s, of %s: %s: either it is returned as $ret_…, or it is named behind \"State:\"", name, program, why)
			}
		}
	}
}

func TestStateIsWhatFunctionsSet(t *testing.T) {
	t.Parallel()
	for _, script := range scriptFiles(t) {
		text := string(file(script))
		_, scopes := scopesOf(map[string]string{script: text})
		set := func(pattern string) bool {
			return slices.ContainsFunc(scopes, func(s *scope) bool {
				return s.function != "" && slices.ContainsFunc(slices.Collect(maps.Keys(s.itself)), func(name string) bool { return isState(name, []string{pattern}) })
			})
		}
		for _, pattern := range namedState(text) {
			if !set(pattern) {
				t.Errorf("%s names $%s behind \"State:\"; none of its functions sets it", script, pattern)
			}
		}
	}
}

// The two tests above must be able to fail.
func TestAReturnValueWithoutPrefixIsFound(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		script string
		found  bool
	}{
		"read by the caller":              {"f() {\n\tx=1\n}\nf && echo \"$x\"\n", true},
		"set by read":                     {"f() {\n\tread -r _ x </none\n}\nf\necho \"$x\"\n", true},
		"set further down":                {"g() {\n\tx=1\n}\nf() {\n\tg\n}\nf\necho \"$x\"\n", true},
		"read in a sum":                   {"f() {\n\tx=1\n}\nf\necho $((x + 1))\n", true},
		"read by what is called later":    {"f() {\n\tx=1\n}\ng() {\n\techo \"$x\"\n}\nf\ng\n", true},
		"set again before it is read":     {"f() {\n\tx=1\n}\nf\nx=2\necho \"$x\"\n", false},
		"read before the call":            {"f() {\n\tx=1\n}\nx=2\nf \"$x\"\n", false},
		"read by what the function calls": {"g() {\n\techo \"$x\"\n}\nf() {\n\tx=1\n\tg\n}\nf\n", false},
		"of the program itself":           {"g() {\n\techo \"$x\"\n}\nx=1\ng\n", false},
		"an argument":                     {"f() {\n\tdd x=1\n}\nf\necho \"$x\"\n", false},
		"text":                            {"f() {\n\techo 'x=1' \"x=1\" # x=1\n}\nf\necho \"$x\"\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if found := returned(map[string]string{"script": test.script}); (found["x"] != "") != test.found {
				t.Errorf("%q is found in %s", found, test.script)
			}
		})
	}
}
