package spec

import (
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

// spec reads the mapping that a spec is.
func (r *reader) spec(root *yaml.Node, s *Spec) {
	read := r.keys(s)
	seen := make(map[string]pair)
	for _, p := range r.pairs(root) {
		if f, ok := read[p.key]; ok {
			seen[p.key] = p
			r.remember(p.key, p.where())
			f(p)
		} else if meant := r.unknown(p, specKeys(), specWords()); meant != "" {
			seen[meant] = p // that it is misspelt is said; that it is missing need not be
		}
	}
	if _, ok := seen["image"]; !ok {
		r.wrong(root, "no image", "say which one, with a line like `image: nginx`")
	}
	_, hasCmd := seen["cmd"]
	if s.Entrypoint != nil && len(*s.Entrypoint) == 0 && (!hasCmd || s.Cmd != nil && len(*s.Cmd) == 0) {
		r.wrongValue(seen["entrypoint"], "nothing is left to run", "`entrypoint: []` drops the image's entrypoint and cmd: give a `cmd`")
	}
}

// keys gives the reader of each key.
func (r *reader) keys(s *Spec) map[string]func(pair) {
	return map[string]func(pair){
		"image":              func(p pair) { s.Image = r.image(p) },
		"disable_supervisor": func(p pair) { s.DisableSupervisor = r.choice(p) },
		"description":        func(p pair) { s.Description, _ = r.line(p, "description") },
		"aliases":            func(p pair) { s.Aliases = r.aliases(p, s.Name) },
		"architecture":       func(p pair) { s.Architecture = r.architectures(p) },
		"entrypoint":         func(p pair) { s.Entrypoint = r.argv(p) },
		"cmd":                func(p pair) { s.Cmd = r.argv(p) },
		"env":                func(p pair) { s.Env = r.env(p) },
		"user":               func(p pair) { s.User = r.user(p) },
		"workdir":            func(p pair) { s.WorkDir = r.workDir(p) },
		"stop_signal":        func(p pair) { s.StopSignal = r.stopSignal(p) },
		"stop_timeout":       func(p pair) { s.StopTimeout = r.stopTimeout(p) },
		"restart":            func(p pair) { s.Restart = r.restart(p) },
		"healthcheck":        func(p pair) { s.Healthcheck = r.healthcheck(p) },
		"on_unhealthy":       func(p pair) { s.OnUnhealthy = r.onUnhealthy(p) },
		"shm_size":           func(p pair) { s.ShmSize = r.size(p) },
		"properties":         func(p pair) { s.Properties = r.words(p, reservedProperty) },
		"requirements":       func(p pair) { s.Requirements = r.words(p, nil) },
		"files":              func(p pair) { s.Files = r.files(p) },
	}
}

// choice reads a key that is true or false, and something else without a value.
func (r *reader) choice(p pair) *bool {
	if isNull(p.value) {
		return nil
	}
	v, ok := r.truth(p, p.key)
	if !ok {
		return nil
	}
	return &v
}

// words reads a mapping from words to lines of text. refuse gives a hint for keys
// that cannot be set.
func (r *reader) words(p pair, refuse func(key string) string) map[string]string {
	if isNull(p.value) {
		return nil
	}
	if p.value.Kind != yaml.MappingNode {
		r.wrongType(p, p.key, "a mapping", "write lines of `key: value` below it")
		return nil
	}
	all := make(map[string]string)
	for _, entry := range r.pairs(p.value) {
		if !matches(wordPattern, entry.key) {
			r.wrong(entry.at, quote(entry.key)+" cannot be a key of "+p.key, "use letters, digits, '.', '_' and '-'")
			continue
		}
		if refuse != nil {
			if hint := refuse(entry.key); hint != "" {
				r.wrong(entry.at, fmt.Sprintf("the property %s cannot be set here", quote(entry.key)), hint)
				continue
			}
		}
		r.remember(p.key+"."+entry.key, entry.where())
		if v, ok := r.oneLine(entry, entry.key, r.written); ok {
			all[entry.key] = v
		}
	}
	return all
}

// reservedProperty says who sets a property that lxdocker needs right.
func reservedProperty(key string) string {
	switch {
	case key == "description" || key == "architecture":
		return fmt.Sprintf("use the key `%s` of the spec", key)
	case strings.HasPrefix(key, "requirements."):
		return "use the key `requirements` of the spec"
	case key == "serial" || strings.HasPrefix(key, "lxdocker."):
		return "lxdocker sets it"
	}
	return ""
}

const (
	namePattern = `^[A-Za-z0-9][A-Za-z0-9._-]*$`
	wordPattern = `^[A-Za-z0-9][A-Za-z0-9._-]*$`
)

func legalName(name string) bool { return matches(namePattern, name) }

func matches(pattern, s string) bool { return regexp.MustCompile(pattern).MatchString(s) }
