package spec

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

// validator checks YAML text against the schema, as an editor does.
func validator(t testing.TB) func(text []byte) error {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("spec.json", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("spec.json")
	if err != nil {
		t.Fatal(err)
	}
	return func(text []byte) error {
		var documents []any
		if err := yaml.Load(text, &documents, yaml.WithAllDocuments()); err != nil {
			return err
		}
		documents = slices.DeleteFunc(documents, func(d any) bool { return d == nil })
		if len(documents) != 1 {
			return fmt.Errorf("%d documents", len(documents))
		}
		return compiled.Validate(asJSON(documents[0]))
	}
}

// asJSON turns what YAML has and JSON has not into the text it was written as, as
// editors do.
func asJSON(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = asJSON(v[k])
		}
	case map[any]any:
		m := make(map[string]any)
		for k := range v {
			m[fmt.Sprint(k)] = asJSON(v[k])
		}
		return m
	case []any:
		for i := range v {
			v[i] = asJSON(v[i])
		}
	case time.Time:
		return v.Format(time.DateOnly)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Sprint(v)
		}
	}
	return v
}

func TestSchemaAcceptsWhatIsRight(t *testing.T) {
	valid := validator(t)
	for name, c := range rightDocuments() {
		if err := valid([]byte("image: nginx\n" + c.text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTheSchemaOfTheExamplesIsCurrent: editors find it beside them. -update
// rewrites it.
func TestTheSchemaOfTheExamplesIsCurrent(t *testing.T) {
	const file = "../../examples/lxdocker-spec.json"
	if *update {
		write(t, file, string(Schema()))
	}
	if text, err := os.ReadFile(file); err != nil || !bytes.Equal(text, Schema()) {
		t.Errorf("%s is not what the keys say (%v): go test ./internal/spec -update", file, err)
	}
}

func TestSchemaAcceptsTheExamples(t *testing.T) {
	valid := validator(t)
	specs, err := loadDir("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	keys := make(map[string]bool)
	for _, s := range specs {
		text, err := os.ReadFile(s.File)
		if err != nil {
			t.Fatal(err)
		}
		if err := valid(text); err != nil {
			t.Errorf("%s: %v", s.File, err)
		}
		for key := range s.places {
			keys[key] = true
		}
	}
	for _, key := range specKeys.names() {
		if !keys[key] {
			t.Errorf("no example shows the key %s", key)
		}
	}
}

// TestSchemaRefusesWhatIsWrong runs the schema over the wrong specs of
// testdata/mistakes, but for those that say why it cannot know.
func TestSchemaRefusesWhatIsWrong(t *testing.T) {
	valid := validator(t)
	refused := 0
	for _, file := range archives(t) {
		for _, c := range readFolders(t, file) {
			bad := 0
			for _, f := range c.specs {
				if valid(f.Data) != nil {
					bad++
				}
			}
			switch {
			case bad == 0 && c.beyond == "":
				t.Errorf("%s: the schema accepts it", c.name)
			case bad > 0 && c.beyond != "":
				t.Errorf("%s: the schema refuses what it cannot know", c.name)
			case bad > 0:
				refused++
			}
		}
	}
	if refused < 60 {
		t.Errorf("only %d wrong specs were refused", refused)
	}
}

// TestEveryKeyIsThere: the tables have a row for each field of the Go types, and
// each row says all that there is to say.
func TestEveryKeyIsThere(t *testing.T) {
	check(t, specKeys, nil)
	check(t, healthKeys, nil)
	check(t, verifyKeys, nil)
	check(t, fileKeys, []string{"source"}) // becomes content
}

func check[T any](t *testing.T, keys table[T], withoutField []string) {
	t.Helper()
	var fields []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
			fields = append(fields, name)
		}
	}
	sorted := func(s []string) []string { return slices.Sorted(slices.Values(s)) }
	if got, want := sorted(keys.names()), sorted(slices.Concat(fields, withoutField)); !slices.Equal(got, want) {
		t.Errorf("the keys are %q, the fields %q", got, want)
	}
	owner := make(map[string]string)
	for _, k := range keys {
		if k.read == nil || k.takes == nil || k.doc == "" || k.kind == "" || k.about == "" {
			t.Errorf("the row of %s is not complete", k.name)
		}
		for word := range strings.FieldsSeq(k.words) {
			if other, taken := owner[word]; taken || slices.Contains(keys.names(), word) {
				t.Errorf("the hint from %s to %s leads to %s, too", word, k.name, other)
			}
			owner[word] = k.name
		}
	}
}

func TestEveryKeyOfTheSchemaIsDescribed(t *testing.T) {
	if got, least := strings.Count(string(Schema()), `"description": "`), len(specKeys)+len(healthKeys)+len(verifyKeys)+len(fileKeys); got < least {
		t.Errorf("%d descriptions for %d keys", got, least)
	}
}
