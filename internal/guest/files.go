package guest

import (
	"embed"
	"strings"
)

//go:embed files
var files embed.FS

// file gives one of the embedded files.
func file(name string) []byte {
	b, err := files.ReadFile("files/" + name)
	if err != nil {
		panic(err) // the name is a constant of this package
	}
	return b
}

// scripts lists the files that go to /.lxdocker, where a shell reads them: all that
// have no other place.
func scripts() []string {
	entries, err := files.ReadDir("files")
	if err != nil {
		panic(err) // it is embedded
	}
	var names []string
	for _, e := range entries {
		switch name := e.Name(); {
		case e.IsDir(), name == "init", name == "detach", name == "terminal", strings.HasPrefix(name, "lxd-"):
		default:
			names = append(names, name)
		}
	}
	return names
}
