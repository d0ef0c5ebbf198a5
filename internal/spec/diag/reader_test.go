package diag

import (
	"strings"
	"testing"
)

// read parses a text that is right YAML.
func read(t *testing.T, text string) (*Reader, Node) {
	t.Helper()
	r, root, ok := Read("f", []byte(text), Format{Name: "spec", Hint: "write something", Keys: testKeys})
	if !ok {
		t.Fatal(r.Diagnostics())
	}
	return r, root
}

func TestAnAliasStandsWhereItIsWritten(t *testing.T) {
	r, root := read(t, "user: &u web\nworkdir: *u\n")
	for _, e := range r.Entries(root) {
		r.Remember(e.Key, e.Where())
		if e.Value.Written() != "web" {
			t.Errorf("%s is %q", e.Key, e.Value.Written())
		}
	}
	if p := r.Places()["workdir"]; p.Line != 2 || p.Col != 10 || p.Source != "workdir: *u" {
		t.Errorf("the alias stands at %+v", p)
	}
}

func TestWhatIsNotWrittenStandsAtItsKey(t *testing.T) {
	r, root := read(t, "user:\nworkdir: null\n")
	entries := r.Entries(root)
	for i, want := range []Place{{1, 1, "user:"}, {2, 10, "workdir: null"}} {
		r.Remember("x", entries[i].Where())
		if got := r.Places()["x"]; got != want {
			t.Errorf("%s stands at %+v, not %+v", entries[i].Key, got, want)
		}
	}
}

func TestKindsAreNamedForPeople(t *testing.T) {
	for written, want := range map[string]string{
		"web": "text", "'1'": "text", "1": "a number", "1.5": "a number", "true": "true or false", "yes": "text", "": "nothing", "~": "nothing",
		"2024-01-01": "a date", "[a]": "a list", "{a: b}": "a mapping", "!secret x": "of a type of its own",
	} {
		r, root := read(t, "image: "+written)
		if got := r.Entries(root)[0].Value.Kind(); got != want {
			t.Errorf("%q is %s, not %s", written, got, want)
		}
	}
}

func TestBool(t *testing.T) {
	type answer struct{ value, ok bool }
	for written, want := range map[string]answer{
		"true": {true, true}, "Yes": {true, true}, "ON": {true, true}, "y": {true, true},
		"false": {false, true}, "no": {false, true}, "OFF": {false, true}, "N": {false, true},
		"'true'": {}, "tRUE": {}, "1": {}, "": {}, "[true]": {}, "maybe": {},
	} {
		r, root := read(t, "disable_supervisor: "+written)
		var got answer
		if got.value, got.ok = r.Bool(r.Entries(root)[0]); got != want {
			t.Errorf("%q is %+v, not %+v", written, got, want)
		}
		if (len(r.Diagnostics()) == 0) != want.ok {
			t.Errorf("%q: %v", written, r.Diagnostics())
		}
	}
}

func TestReportsAreCountedAndBounded(t *testing.T) {
	r, root := read(t, "image: nginx")
	e := r.Entries(root)[0]
	for range maxDiagnostics + 10 {
		r.WrongValue(e, "wrong", "hint")
	}
	if r.Reported() != maxDiagnostics+10 || len(r.Diagnostics()) != maxDiagnostics+1 {
		t.Errorf("%d reported, %d kept", r.Reported(), len(r.Diagnostics()))
	}
	if last := r.Diagnostics()[maxDiagnostics]; !strings.HasPrefix(last.Text, "more errors") {
		t.Errorf("the last one is %q", last.Text)
	}
}

func TestALoginIsNotShown(t *testing.T) {
	for line, hidden := range map[string]bool{
		"image: bob:hunter2@host/x": true, "image: host:5000/x": false, "image: host/x@sha256:0": false, "image: docker://bob:hunter2@host/x": true,
	} {
		r, root := read(t, line)
		r.WrongValue(r.Entries(root)[0], "wrong", "hint")
		if got := r.Diagnostics()[0].Source == ""; got != hidden {
			t.Errorf("%q is hidden: %v", line, got)
		}
	}
}
