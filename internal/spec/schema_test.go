package spec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
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

func TestSchemaAcceptsTheExamples(t *testing.T) {
	valid := validator(t)
	specs, err := LoadDir("../../examples")
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
	for _, key := range specKeys() {
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

// TestSchemaHasTheKeysThatAreRead: the lists of keys, which the reader and its
// hints use, and the Go types, which the schema comes from, are the same.
func TestSchemaHasTheKeysThatAreRead(t *testing.T) {
	type object struct {
		Properties map[string]json.RawMessage
	}
	keys := func(data []byte) []string {
		var o object
		if err := json.Unmarshal(data, &o); err != nil {
			t.Fatal(err)
		}
		var names []string
		for name := range o.Properties {
			names = append(names, name)
		}
		slices.Sort(names)
		return names
	}
	var root struct {
		Properties struct {
			Files struct {
				OneOf []struct{ Items json.RawMessage }
			}
			Healthcheck struct {
				AnyOf []json.RawMessage
			}
		}
	}
	if err := json.Unmarshal(Schema(), &root); err != nil {
		t.Fatal(err)
	}
	sorted := func(s []string) []string { return slices.Sorted(slices.Values(s)) }
	if got := keys(Schema()); !slices.Equal(got, sorted(specKeys())) {
		t.Errorf("the schema has %v", got)
	}
	if got := keys(root.Properties.Files.OneOf[0].Items); !slices.Equal(got, sorted(fileKeys())) {
		t.Errorf("the schema has for files %v", got)
	}
	if got := keys(root.Properties.Healthcheck.AnyOf[0]); !slices.Equal(got, sorted(healthKeys())) {
		t.Errorf("the schema has for healthcheck %v", got)
	}
	var r reader
	for key := range r.healthKeys(&Healthcheck{}) {
		if !slices.Contains(healthKeys(), key) {
			t.Errorf("%s of healthcheck is read and in no list", key)
		}
	}
	for key := range r.keys(&Spec{}) {
		if !slices.Contains(specKeys(), key) {
			t.Errorf("%s is read and in no list", key)
		}
	}
	for words, keys := range map[*map[string]string][]string{ptr(specWords()): specKeys(), ptr(fileWords()): fileKeys(), ptr(healthWords()): healthKeys()} {
		for word, key := range *words {
			if !slices.Contains(keys, key) || slices.Contains(keys, word) {
				t.Errorf("the hint from %s to %s leads nowhere", word, key)
			}
		}
	}
}

// TestReference loads every example of docs/spec-reference.md, with the files
// that it names beside it.
func TestReference(t *testing.T) {
	text, err := os.ReadFile("../../docs/spec-reference.md")
	if err != nil {
		t.Fatal(err)
	}
	valid := validator(t)
	shown := make(map[string]bool)
	count := 0
	for i, part := range strings.Split(string(text), "```yaml\n")[1:] {
		block, _, closed := strings.Cut(part, "```")
		if !closed {
			t.Fatalf("example %d has no end", i+1)
		}
		if !strings.Contains(block, "image:") { // an excerpt
			block = "image: nginx\n" + block
		}
		dir := t.TempDir()
		path := filepath.Join(dir, "nginx.yaml")
		write(t, path, block)
		if err := os.Mkdir(filepath.Join(dir, "files"), 0o777); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"files/index.html", "motd"} {
			write(t, filepath.Join(dir, name), "hello\n")
		}
		s, err := Load(path)
		if err != nil {
			t.Errorf("example %d: %v", i+1, err)
			continue
		}
		if err := valid([]byte(block)); err != nil {
			t.Errorf("example %d: %v", i+1, err)
		}
		for key := range s.places {
			shown[key] = true
		}
		count++
	}
	for _, key := range specKeys() {
		if !shown[key] {
			t.Errorf("no example shows the key %s", key)
		}
		if !strings.Contains(string(text), "\n### `"+key+"`") {
			t.Errorf("the key %s has no section", key)
		}
	}
	for _, key := range slices.Concat(fileKeys(), healthKeys()) {
		if !strings.Contains(string(text), "| `"+key+"` |") {
			t.Errorf("the key %s has no line in a table", key)
		}
	}
	if count < len(specKeys()) {
		t.Errorf("%d examples were loaded: were they found?", count)
	}
}
