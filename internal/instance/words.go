package instance

import "strings"

// words writes a list so that the guest reads the same list: words that are separated by
// blanks, and quoted as for a shell (docs/containers.md).
func words(list []string) string {
	quoted := make([]string, len(list))
	for n, word := range list {
		quoted[n] = quote(word)
	}
	return strings.Join(quoted, " ")
}

func quote(word string) string {
	if word != "" && !strings.ContainsAny(word, " \t\n'\"\\") {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
