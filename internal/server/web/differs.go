package web

import (
	"fmt"
	"strings"

	"lxdocker/internal/contents"
	"lxdocker/internal/humanize"
)

// named are names with a title.
type named struct {
	Title string
	contents.Names
}

// picked is a list of versions to choose from.
type picked struct {
	Key, Label, Serial string
	Versions           []choice
}

// differs says in words what is to say of a name beside its path.
func differs(n contents.Name) string {
	if n.Kinds[0] == 0 { // it is in one of the images only
		switch {
		case n.Kind == contents.Dir && n.Files == 0:
			return ""
		case n.Kind == contents.Dir && n.Files == 1:
			return "1 file, " + humanize.Bytes(n.Size)
		case n.Kind == contents.Dir:
			return count(n.Files) + " files, " + humanize.Bytes(n.Size)
		case n.Kind == contents.File:
			return humanize.Bytes(n.Size)
		}
		return n.Kind.String()
	}
	var all []string
	if n.Kinds[0] != n.Kinds[1] {
		all = append(all, fmt.Sprintf("%s → %s", n.Kinds[0], n.Kinds[1]))
	}
	switch {
	case n.Contents && humanize.Bytes(n.Was) != humanize.Bytes(n.Size):
		all = append(all, fmt.Sprintf("%s → %s", humanize.Bytes(n.Was), humanize.Bytes(n.Size)))
	case n.Contents && n.Kind == contents.File:
		all = append(all, humanize.Bytes(n.Size)+" of other content")
	case n.Contents:
		all = append(all, "another "+n.Kind.String())
	}
	if n.Mode[0] != n.Mode[1] {
		all = append(all, fmt.Sprintf("mode %04o → %04o", n.Mode[0], n.Mode[1]))
	}
	if n.Owner[0] != n.Owner[1] {
		all = append(all, fmt.Sprintf("owner %d:%d → %d:%d", n.Owner[0][0], n.Owner[0][1], n.Owner[1][0], n.Owner[1][1]))
	}
	return strings.Join(all, ", ")
}
