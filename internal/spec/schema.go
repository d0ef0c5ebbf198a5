package spec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode"
)

// Schema returns the JSON schema (draft 2020-12) of a spec, for editors. It cannot
// express everything that ReadDir checks: whether a source exists, whether two specs
// conflict, how a number was written.
func Schema() []byte {
	root := object(specKeys.properties())
	root.Schema = "https://json-schema.org/draft/2020-12/schema"
	root.Title = "lxdocker spec"
	root.Description = "Which OCI image to convert into an LXD and Incus image, and what to change in it."
	root.Required = specKeys.required()
	root.Not = nothingToRun()
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(root); err != nil {
		panic("spec: a schema of text and numbers does not marshal: " + err.Error())
	}
	return visible(out.Bytes())
}

// visible writes characters that cannot be seen as escapes of JSON.
func visible(text []byte) []byte {
	var out bytes.Buffer
	for _, c := range string(text) {
		if c > unicode.MaxLatin1 && c <= 0xffff && !unicode.IsGraphic(c) || 0x7f <= c && c < 0xa0 {
			fmt.Fprintf(&out, `\u%04x`, c)
		} else {
			out.WriteRune(c)
		}
	}
	return out.Bytes()
}

// nothingToRun accepts a spec with `entrypoint: []`, which drops the image's cmd as
// well, and without a cmd of its own.
func nothingToRun() *rule {
	none := &rule{Type: types{"array"}, MaxItems: new(int)}
	return &rule{Required: []string{"entrypoint"}, Properties: properties{{"entrypoint", none}, {"cmd", none}}}
}
