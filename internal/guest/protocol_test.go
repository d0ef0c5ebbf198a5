package guest

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// protocolDocument has the table of all files in /run/lxdocker.
const protocolDocument = "../../docs/internals.md"

var (
	quoted       = regexp.MustCompile("`([^`]+)`")
	inState      = regexp.MustCompile(`\$state/((?:[\w.-]|\$\w)+)`)
	writes       = regexp.MustCompile(`(?:[^0-9]>|<>|mkfifo |publish |contribute )"(\$(?:state/(?:[\w.-]|\$\w)+|plan/\w+))"`)
	inPlan       = regexp.MustCompile(`\$plan/(\w+)`)
	inImage      = regexp.MustCompile(`\$image/(\w+)`)
	planArgument = regexp.MustCompile(`\bchoose [A-Z_]+ (\w+)`)
	interfaceVar = regexp.MustCompile(`\$\w+`)
)

// protocolOf gives the files in /run/lxdocker that a script names.
func protocolOf(script string) map[string]bool {
	found := map[string]bool{}
	for _, m := range inState.FindAllStringSubmatch(script, -1) {
		switch name := interfaceVar.ReplaceAllString(m[1], "NIC"); name {
		case ".", "plan", "net.NIC": // the draft of any file, the directory, all files of an interface
		default:
			found[name] = true
		}
	}
	for line := range strings.Lines(script) {
		names := inPlan.FindAllStringSubmatch(line, -1)
		if strings.Contains(line, `"$plan/"`) { // it copies files there, under the same names
			names = append(names, inImage.FindAllStringSubmatch(line, -1)...)
		}
		names = append(names, planArgument.FindAllStringSubmatch(line, -1)...)
		for _, m := range names {
			found["plan/"+m[1]] = true
		}
	}
	return found
}

// protocolRow is a row of the table: the scripts that it names.
type protocolRow struct{ all, writers map[string]bool }

// protocolTable reads the table, by file.
func protocolTable(t *testing.T) map[string]protocolRow {
	t.Helper()
	document, err := os.ReadFile(protocolDocument)
	must(t, err)
	_, rest, found := strings.Cut(string(document), "| file | what it is | written by | read by | removed |\n|---|---|---|---|---|\n")
	if !found {
		t.Fatalf("%s has no table of the files in /run/lxdocker", protocolDocument)
	}
	named := func(cells ...string) map[string]bool {
		scripts := map[string]bool{}
		for _, m := range quoted.FindAllStringSubmatch(strings.Join(cells, " "), -1) {
			scripts[m[1]] = true
		}
		return scripts
	}
	rows := map[string]protocolRow{}
	for line := range strings.Lines(rest) {
		if !strings.HasPrefix(line, "|") {
			break
		}
		cells := strings.Split(line, "|")
		if len(cells) != 7 || strings.TrimSpace(cells[3]) == "" {
			t.Errorf("not five cells, or nobody writes it: %s", line)
			continue
		}
		rows[strings.Trim(cells[1], " `")] = protocolRow{named(cells[3:]...), named(cells[3])}
	}
	return rows
}

func TestTheProtocolOfTheScriptsIsTheDocumentedOne(t *testing.T) {
	t.Parallel()
	table := protocolTable(t)
	used := map[string]bool{}
	for _, script := range scriptFiles(t) {
		text := comment.ReplaceAllString(string(file(script)), "")
		names := protocolOf(text)
		for name := range names {
			used[name] = true
			if !table[name].all[script] {
				t.Errorf("%s has to do with /run/lxdocker/%s; the table in %s does not say so", script, name, protocolDocument)
			}
		}
		for name, row := range table {
			if row.all[script] && !names[name] {
				t.Errorf("the table in %s says that %s has to do with /run/lxdocker/%s; it does not", protocolDocument, script, name)
			}
		}
		for _, m := range writes.FindAllStringSubmatch(text, -1) {
			name := interfaceVar.ReplaceAllString(strings.TrimPrefix(strings.TrimPrefix(m[1], "$state/"), "$"), "NIC")
			if !table[name].writers[script] {
				t.Errorf("%s writes /run/lxdocker/%s; the table in %s does not say so", script, name, protocolDocument)
			}
		}
	}
	for name, row := range table {
		if !used[name] {
			t.Errorf("/run/lxdocker/%s is in the table of %s, and no script knows it", name, protocolDocument)
		}
		for script := range row.all {
			if !slices.Contains(scriptFiles(t), script) {
				t.Errorf("%s, in the row of /run/lxdocker/%s, is no script", script, name)
			}
		}
	}
}

// Names that differ by a letter are mistaken for each other.
func TestNoTwoFilesDifferByALetter(t *testing.T) {
	t.Parallel()
	names := slices.Sorted(maps.Keys(protocolTable(t)))
	for i, a := range names {
		for _, b := range names[i+1:] {
			if differByALetter(a, b) || differByALetter(b, a) {
				t.Errorf("%s and %s differ by a letter", a, b)
			}
		}
	}
}

// differByALetter tells whether b is a with a letter more, or another one in its place.
func differByALetter(a, b string) bool {
	for i := range len(b) {
		rest := b[:i] + b[i+1:]
		if rest == a || len(a) == len(b) && rest == a[:i]+a[i+1:] {
			return true
		}
	}
	return false
}
