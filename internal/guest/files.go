package guest

import "embed"

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

// scripts lists those that go to /.lxdocker, besides detach.
func scripts() []string {
	return []string{"envfile.sh", "lib.sh", "mounts.sh", "network.sh", "program.sh", "run", "start", "stop", "user.sh"}
}
