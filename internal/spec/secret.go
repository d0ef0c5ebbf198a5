package spec

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Values of env are often passwords, and messages end up in logs and tickets.
// So a line that may hold such a value is never quoted in a mistake, and no
// message has the value itself. The two functions here find those lines: one in
// a document that could be parsed, one in text that could not. (A login in the
// name of an image is the other secret a spec can hold; see reader.place.)

// secretLines gives the lines that hold env in a document of so many lines.
func secretLines(root *yaml.Node, total int) map[int]bool {
	secret := make(map[int]bool)
	if len(root.Content) > 2000 { // no spec has a thousand keys: look at none of them
		for line := range total {
			secret[line+1] = true
		}
		return secret
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		if !meansEnv(root.Content[i].Value) {
			continue
		}
		last := total
		// Variables that lost their indentation look like unknown keys.
		next := i + 2
		for next < len(root.Content) && !endsEnv(root.Content[next].Value) {
			next += 2
		}
		if next < len(root.Content) {
			last = root.Content[next].Line - 1
			if root.Style&yaml.FlowStyle != 0 { // it may stand in the same line
				last++
			}
		}
		for line := root.Content[i].Line; line <= max(last, root.Content[i+1].Line); line++ {
			secret[line] = true
		}
	}
	return secret
}

// secretLine guesses whether a line of a text that is no YAML belongs to env: the
// nearest line above it that starts a key of the top level says so.
func secretLine(lines []string, line int) bool {
	first := slices.IndexFunc(lines, func(l string) bool {
		l = strings.TrimSpace(l)
		return l != "" && l != "---" && l[0] != '#' && l[0] != '%'
	})
	if first < 0 {
		return false
	}
	start := strings.TrimLeft(lines[first], "- \t")
	if strings.HasPrefix(start, "{") { // keys can stand anywhere
		return strings.Contains(strings.Join(lines, "\n"), "env")
	}
	top := indentation(lines[first])
	for i := min(line, len(lines)) - 1; i >= 0; i-- {
		key, _, found := strings.Cut(lines[i], ":")
		if !found || indentation(lines[i]) > top {
			continue
		}
		key = strings.Trim(key, " \t\"'")
		if meansEnv(key) {
			return true
		}
		if slices.Contains(specKeys(), key) {
			return false
		}
	}
	return false
}

func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// endsEnv says that a key of the top level stands behind env, and is no variable
// that lost its indentation. Variables are mostly in capitals.
func endsEnv(key string) bool {
	return slices.Contains(specKeys(), key) || key == strings.ToLower(key) && suggest(key, specKeys(), specWords()) != ""
}

// meansEnv: also a misspelt env holds secrets.
func meansEnv(key string) bool { return key == "env" || suggest(key, specKeys(), specWords()) == "env" }
