package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/invopop/jsonschema"

	"lxdocker/internal/spec"
)

// generate makes the schema; dir is the folder of package spec, for its comments.
func generate(dir string) ([]byte, error) {
	reflector := jsonschema.Reflector{Anonymous: true, DoNotReference: true, ExpandedStruct: true}
	if err := reflector.AddGoComments("lxdocker/internal/spec", dir, jsonschema.WithFullComment()); err != nil {
		return nil, fmt.Errorf("reading the comments of package spec: %w", err)
	}
	root := reflector.Reflect(spec.Spec{})
	entry := reflector.Reflect(spec.File{})
	check := reflector.Reflect(spec.Healthcheck{})
	root.Title = "lxdocker spec"
	root.Description = "Which OCI image to convert into an LXD and Incus image, and what to change in it."
	entry.Version, entry.Description = "", ""
	if err := refine(entry, fileRules()); err != nil {
		return nil, err
	}
	check.Version, check.Description = "", ""
	if err := refine(check, healthRules()); err != nil {
		return nil, err
	}
	if err := refine(root, specRules(entry, check)); err != nil {
		return nil, err
	}
	root.Not = nothingToRun()
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(root); err != nil {
		return nil, fmt.Errorf("encoding the schema: %w", err)
	}
	return out.Bytes(), nil
}

// refine replaces the type that Go has for each key by what the key takes in a
// file, and keeps the description. Each key needs a rule: a new field of Spec
// without one is an error.
func refine(s *object, rules map[string]*object) error {
	for pair := s.Properties.Oldest(); pair != nil; pair = pair.Next() {
		rule, ok := rules[pair.Key]
		if !ok {
			return fmt.Errorf("the key %s has no rule in schemagen", pair.Key)
		}
		described := *rule
		described.Description = strings.ReplaceAll(pair.Value.Description, "\n", " ")
		pair.Value = &described
	}
	return nil
}
