package oci

import (
	"encoding/json"
	"strings"
)

// labelPrefix begins the names of labels that have a meaning (OCI image-spec annotations.md).
const labelPrefix = "org.opencontainers.image."

// maxLabels is how many of them there are at most; annotations.md has fewer than twenty.
const maxLabels = 50

// parseLabels returns the labels that have a meaning, by the rest of their names, and nothing
// for what is wrong: nothing depends on them.
func parseLabels(raw json.RawMessage) map[string]string {
	var all map[string]json.RawMessage
	if len(raw) == 0 || json.Unmarshal(raw, &all) != nil {
		return nil
	}
	var some map[string]string
	for key, value := range all {
		name, ok := strings.CutPrefix(key, labelPrefix)
		var text string
		if !ok || name == "" || json.Unmarshal(value, &text) != nil || text == "" {
			continue
		}
		if some == nil {
			some = map[string]string{}
		}
		some[name] = text
	}
	if len(some) > maxLabels { // which of them would be chance
		return nil
	}
	return some
}
