package guest

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lxdocker/internal/testenv"
)

// isPart tells whether a script is part of others, which read it. The others are
// programs.
func isPart(name string) bool { return strings.HasSuffix(name, ".sh") }

// programFiles lists the scripts that run as programs.
func programFiles(t *testing.T) []string {
	t.Helper()
	return slices.DeleteFunc(scriptFiles(t), isPart)
}

var (
	sourceDirective = regexp.MustCompile(`(?m)^\s*# shellcheck source=(\S+)\n\s*\. /\.lxdocker/(\S+)`)
	sourceCommand   = regexp.MustCompile(`(?m)^\s*\. `)
)

// closure gives a program with all that it reads, by name.
func closure(t *testing.T, program string) map[string]string {
	t.Helper()
	found := map[string]string{}
	var read func(string)
	read = func(name string) {
		if _, ok := found[name]; ok {
			return
		}
		text := string(file(name))
		found[name] = text
		directives := sourceDirective.FindAllStringSubmatch(text, -1)
		if len(directives) != len(sourceCommand.FindAllString(text, -1)) {
			t.Errorf("%s reads a script without saying to shellcheck which", name)
		}
		for _, d := range directives {
			if d[1] != d[2] {
				t.Errorf("%s reads %s and says that it is %s", name, d[2], d[1])
			}
			read(d[1])
		}
	}
	read(program)
	return found
}

// fromOutside are the variables that a program gets from whoever starts it; NIC_
// and UDHCPC_ are our own, the others those of udhcpc.
func fromOutside() map[string][]string {
	return map[string][]string{
		"netwatch":  {"NIC_HOST", "UDHCPC_NO_DNS"},
		"init":      {"regrouped"},
		"start":     {"regrouped"},
		"lxd-enter": {"regrouped"},
		"terminal":  {"own", "size"},
		"lxd-udhcpc-default.script.real": {
			"NIC_METRIC", "NIC_DNS", "NIC_SEARCH", "NIC_FAMILY", "UDHCPC_NO_DNS", "UDHCPC_NO_DEFAULT_ROUTE", "LXDOCKER_UDHCPC_NOPREFIXROUTE",
			"interface", "ip", "subnet", "broadcast", "mtu", "router", "staticroutes", "search", "domain", "dns",
		},
	}
}

// finding is one of shellcheck's.
type finding struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func (f finding) String() string {
	return fmt.Sprintf("%s:%d: %s [SC%d]", f.File, f.Line, f.Message, f.Code)
}

// variable is the one that the finding is about; messages begin with its name.
func (f finding) variable() string { return strings.Fields(f.Message)[0] }

const unassigned, unused = 2154, 2034 // findings of shellcheck

// shellcheck checks a program in a directory as a whole, with all that it reads.
func shellcheck(t *testing.T, dir, program string) []finding {
	t.Helper()
	cmd := exec.Command(testenv.NeedsProgram(t, "shellcheck", "shellcheck"), "-s", "sh", "-x", "-a", "-P", "SCRIPTDIR", "-f", "json", program)
	cmd.Dir = dir
	out, err := cmd.Output()
	var found []finding
	if e := json.Unmarshal(out, &found); e != nil {
		t.Fatalf("%s: %v, %v: %s", program, err, e, out)
	}
	return found
}

// TestTheScriptsPassShellcheck looks at whole programs, so that it sees each
// variable where it is assigned and where it is read. What one program does not
// use of a part, another has to.
func TestTheScriptsPassShellcheck(t *testing.T) {
	t.Parallel()
	readers, unusedBy := map[string]int{}, map[string]map[string]bool{}
	for _, program := range programFiles(t) {
		for part := range closure(t, program) {
			readers[part]++
		}
		for _, f := range shellcheck(t, "files", program) {
			switch {
			case f.Code == unassigned && slices.Contains(fromOutside()[program], f.variable()):
			case f.Code == unused:
				name := f.File + ": " + f.variable()
				if unusedBy[name] == nil {
					unusedBy[name] = map[string]bool{}
				}
				unusedBy[name][program] = true
			default:
				t.Error(f)
			}
		}
	}
	for name, programs := range unusedBy {
		if part, _, _ := strings.Cut(name, ": "); len(programs) == readers[part] {
			t.Errorf("%s is assigned and never read", name)
		}
	}
	for _, name := range scriptFiles(t) {
		if readers[name] == 0 {
			t.Errorf("nothing reads %s", name)
		}
	}
}

var (
	comment  = regexp.MustCompile(`(?m)(^|\s)#( .*)?$`)
	reads    = regexp.MustCompile(`\$\{?([A-Za-z_]\w*)`)
	assigns  = regexp.MustCompile(`\b([A-Za-z_]\w*)=`)
	readInto = regexp.MustCompile(`\b(?:read(?: -[a-z](?: (?:''|\d+|"\$1"))?)*|for)((?: [a-z_]\w*)+)`)
)

// neverAssigned gives the variables that a program reads without assigning them.
// Unlike shellcheck, it sees names in capitals, those with a default, as in ${name:-x},
// and those in sums.
func neverAssigned(program string, texts map[string]string) []string {
	assigned := map[string]bool{}
	for _, name := range fromOutside()[program] {
		assigned[name] = true
	}
	for _, text := range texts {
		text = comment.ReplaceAllString(text, "")
		for _, m := range assigns.FindAllStringSubmatch(text, -1) {
			assigned[m[1]] = true
		}
		for _, m := range readInto.FindAllStringSubmatch(text, -1) {
			for name := range strings.FieldsSeq(m[1]) {
				assigned[name] = true
			}
		}
	}
	missing := map[string]bool{}
	for name, text := range texts {
		if name == "quote" {
			continue // it is a program for awk
		}
		text = comment.ReplaceAllString(text, "")
		for _, m := range reads.FindAllStringSubmatch(text, -1) {
			if !assigned[m[1]] {
				missing[m[1]] = true
			}
		}
		for _, sum := range arithmetic.FindAllString(text, -1) {
			for _, m := range plainName.FindAllStringSubmatch(sum, -1) {
				if !assigned[m[1]] {
					missing[m[1]] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(missing))
}

func TestEveryVariableIsAssigned(t *testing.T) {
	t.Parallel()
	for _, program := range programFiles(t) {
		if missing := neverAssigned(program, closure(t, program)); len(missing) > 0 {
			t.Errorf("%s reads %q, which nothing assigns", program, missing)
		}
	}
}

// A slip of the pen must not pass the two tests above.
func TestAMistypedVariableIsFound(t *testing.T) {
	t.Parallel()
	const program = "lxd-enter"
	for _, slip := range []struct {
		name, file, right, wrong string
		code                     int // of shellcheck; 0 if it misses it
	}{
		{"where it is read", program, `cd "$ret_value"`, `cd "$ret_valeu"`, unassigned},
		{"where it is returned", "program.sh", "ret_program=$name", "ret_progam=$name", unused},
		{"where it is counted with", "executable.sh", "$((table / 4)) -lt", "$((ret_valeu / 4)) -lt", 0},
		{"where it has a default", "executable.sh", "${ret_value:-root}", "${ret_valeu:-root}", 0},
	} {
		t.Run(slip.name, func(t *testing.T) {
			t.Parallel()
			texts := closure(t, program)
			if strings.Count(texts[slip.file], slip.right) != 1 {
				t.Fatalf("%q does not stand once in %s", slip.right, slip.file)
			}
			texts[slip.file] = strings.Replace(texts[slip.file], slip.right, slip.wrong, 1)
			if slip.code == 0 {
				if missing := neverAssigned(program, texts); !slices.Equal(missing, []string{"ret_valeu"}) {
					t.Errorf("%q are found", missing)
				}
				return
			}
			dir := t.TempDir()
			for name, text := range texts {
				must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
			}
			if !slices.ContainsFunc(shellcheck(t, dir, program), func(f finding) bool { return f.Code == slip.code && strings.Contains(slip.wrong, f.variable()) }) {
				t.Error("it is not found")
			}
		})
	}
}
