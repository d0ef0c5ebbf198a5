package diag

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Values of secret keys are often passwords, and messages end up in logs and
// tickets. So a line that may contain such a value is never shown, and no message
// contains the value. Two functions find those lines: secretLines in a document that
// could be parsed, secretLine in text that could not. The one secret that any value
// can contain is a login.

// login matches a name and password before a host, as in a URL.
var login = regexp.MustCompile(`[^\s/:@]+:[^\s/@]+@[^\s/@]+/`)

// HasLogin says whether text contains a name and password before a host.
func HasLogin(text string) bool { return login.MatchString(text) }

// secretLines returns the lines that may contain secrets, of a document with total
// lines.
func secretLines(root *yaml.Node, total int, keys Keys) map[int]bool {
	secret := make(map[int]bool)
	if len(root.Content) > 2000 { // nobody writes a thousand keys: do not look for the secret ones
		for line := range total {
			secret[line+1] = true
		}
		return secret
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		if !keys.secret(root.Content[i].Value) {
			continue
		}
		last := total
		// Variables that lost their indentation look like unknown keys.
		next := i + 2
		for next < len(root.Content) && !keys.endsSecret(root.Content[next].Value) {
			next += 2
		}
		if next < len(root.Content) {
			last = root.Content[next].Line - 1
			if root.Style&yaml.FlowStyle != 0 { // it may be on the same line
				last++
			}
		}
		for line := root.Content[i].Line; line <= max(last, root.Content[i+1].Line); line++ {
			secret[line] = true
		}
	}
	return secret
}

// secretLine guesses whether a line of text that is not valid YAML contains a
// secret, by the nearest line above it that starts with a key of the top level.
func secretLine(lines []string, line int, keys Keys) bool {
	first := slices.IndexFunc(lines, func(l string) bool {
		l = strings.TrimSpace(l)
		return l != "" && l != "---" && l[0] != '#' && l[0] != '%'
	})
	if first < 0 {
		return false
	}
	start := strings.TrimLeft(lines[first], "- \t")
	if strings.HasPrefix(start, "{") { // keys can be anywhere
		text := strings.Join(lines, "\n")
		return slices.ContainsFunc(keys.Secret, func(key string) bool { return strings.Contains(text, key) })
	}
	top := indentation(lines[first])
	for i := min(line, len(lines)) - 1; i >= 0; i-- {
		key, _, found := strings.Cut(lines[i], ":")
		if !found || indentation(lines[i]) > top {
			continue
		}
		key = strings.Trim(key, " \t\"'")
		if keys.secret(key) {
			return true
		}
		if slices.Contains(keys.Known, key) {
			return false
		}
	}
	return false
}

func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// endsSecret says that a key after a secret one is a key of the top level, and not a
// variable that lost its indentation. Variables are mostly in capitals.
func (k Keys) endsSecret(key string) bool {
	return slices.Contains(k.Known, key) || key == strings.ToLower(key) && k.Meant(key) != ""
}
