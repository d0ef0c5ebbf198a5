package settings

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/spf13/pflag"
)

// rule is a JSON schema (draft 2020-12), with the part of the vocabulary that settings need.
type rule struct {
	Schema      string           `json:"$schema,omitempty"`
	Title       string           `json:"title,omitempty"`
	Description string           `json:"description,omitempty"`
	Type        any              `json:"type,omitempty"` // a word or several
	Pattern     string           `json:"pattern,omitempty"`
	Enum        []string         `json:"enum,omitempty"`
	Minimum     *int64           `json:"minimum,omitempty"`
	Maximum     *int64           `json:"maximum,omitempty"`
	Default     any              `json:"default,omitempty"`
	Items       *rule            `json:"items,omitempty"`
	Properties  map[string]*rule `json:"properties,omitempty"`
	Additional  *bool            `json:"additionalProperties,omitempty"`
}

// Schema returns the JSON schema of the file, for editors, made of the flags. It does not
// express everything that is checked: the form of an address or a pattern, for example.
func Schema(known Known) []byte {
	root := object(known.Shared)
	root.Schema = "https://json-schema.org/draft/2020-12/schema"
	root.Title = "settings of lxdocker and imgserver"
	root.Description = "What the flags of both programs say, by their names."
	commands := &rule{Type: "object", Additional: new(bool), Properties: map[string]*rule{}, Description: "Settings of single commands of lxdocker."}
	for name, flags := range known.Commands {
		commands.Properties[name] = object(flags)
	}
	root.Properties[Section] = commands
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(root); err != nil {
		panic("settings: a schema of text and numbers does not marshal: " + err.Error())
	}
	return out.Bytes()
}

func object(flags *pflag.FlagSet) *rule {
	o := &rule{Type: "object", Additional: new(bool), Properties: map[string]*rule{}}
	for _, flag := range flagsOf(flags) {
		r := ruleOf(flag)
		_, r.Description = pflag.UnquoteUsage(flag)
		o.Properties[flag.Name] = r
	}
	return o
}

func ruleOf(flag *pflag.Flag) *rule {
	if _, list := flag.Value.(pflag.SliceValue); list {
		return &rule{Type: "array", Items: &rule{Type: []string{"string", "number"}}}
	}
	switch flag.Value.Type() {
	case "bool":
		return &rule{Type: "boolean"}
	case "int", "int64":
		return &rule{Type: "integer", Minimum: limit(flag, least), Maximum: limit(flag, most), Default: json.RawMessage(flag.DefValue)}
	case "duration":
		return &rule{Type: []string{"string", "integer"}, Pattern: `^-?([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+$|^0$`, Minimum: new(int64), Maximum: new(int64), Default: flag.DefValue}
	case "SIZE":
		return &rule{Type: []string{"string", "integer"}, Pattern: `^[0-9]+([kKmMgGtT]([iI][bB])?)?$`, Minimum: new(int64), Default: flag.DefValue}
	}
	r := &rule{Type: []string{"string", "number"}, Default: nil}
	if flag.DefValue != "" {
		r.Default = flag.DefValue
	}
	if all := flag.Annotations[words]; all != nil {
		r.Type, r.Enum = "string", all
	}
	return r
}

func limit(flag *pflag.Flag, name string) *int64 {
	text := flag.Annotations[name]
	if len(text) != 1 {
		return nil
	}
	n, err := strconv.ParseInt(text[0], 10, 64)
	if err != nil {
		panic(fmt.Sprintf("settings: the limit of --%s: %v", flag.Name, err))
	}
	return &n
}
