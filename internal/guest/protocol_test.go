package guest

import (
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
	inPlan       = regexp.MustCompile(`\$plan/(\w+)`)
	inImage      = regexp.MustCompile(`\$image/(\w+)`)
	planArgument = regexp.MustCompile(`\b(?:choose|split) [A-Z_]+ (\w+)`)
	interfaceVar = regexp.MustCompile(`\$\w+`)
)

// protocolOf gives the files in /run/lxdocker that a script names.
func protocolOf(script string) map[string]bool {
	found := map[string]bool{}
	script = comment.ReplaceAllString(script, "")
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

// protocolTable reads the table: the scripts that its row names, for each file.
func protocolTable(t *testing.T) map[string]map[string]bool {
	t.Helper()
	document, err := os.ReadFile(protocolDocument)
	must(t, err)
	_, rest, found := strings.Cut(string(document), "| file | what it is | written by | read by | removed |\n|---|---|---|---|---|\n")
	if !found {
		t.Fatalf("%s has no table of the files in /run/lxdocker", protocolDocument)
	}
	rows := map[string]map[string]bool{}
	for line := range strings.Lines(rest) {
		if !strings.HasPrefix(line, "|") {
			break
		}
		cells := strings.Split(line, "|")
		if len(cells) != 7 || strings.TrimSpace(cells[3]) == "" {
			t.Errorf("not five cells, or nobody writes it: %s", line)
			continue
		}
		scripts := map[string]bool{}
		for _, m := range quoted.FindAllStringSubmatch(strings.Join(cells[3:], " "), -1) {
			scripts[m[1]] = true
		}
		rows[strings.Trim(cells[1], " `")] = scripts
	}
	return rows
}

func TestTheProtocolOfTheScriptsIsTheDocumentedOne(t *testing.T) {
	t.Parallel()
	table := protocolTable(t)
	used := map[string]bool{}
	for _, script := range scriptFiles(t) {
		names := protocolOf(string(file(script)))
		for name := range names {
			used[name] = true
			if scripts, ok := table[name]; !ok || !scripts[script] {
				t.Errorf("%s has to do with /run/lxdocker/%s; the table in %s does not say so", script, name, protocolDocument)
			}
		}
		for name, scripts := range table {
			if scripts[script] && !names[name] {
				t.Errorf("the table in %s says that %s has to do with /run/lxdocker/%s; it does not", protocolDocument, script, name)
			}
		}
	}
	for name, scripts := range table {
		if !used[name] {
			t.Errorf("/run/lxdocker/%s is in the table of %s, and no script knows it", name, protocolDocument)
		}
		for script := range scripts {
			if !slices.Contains(scriptFiles(t), script) {
				t.Errorf("%s, in the row of /run/lxdocker/%s, is no script", script, name)
			}
		}
	}
}
