package docs

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestASettingIsNotMixedWithALongDescription: clients of LXD fold lines of more than eighty
// characters in what `lxc config show` prints, so a property of the image may go on in a line
// that does not say so. The rest of it would become part of the setting before it.
func TestASettingIsNotMixedWithALongDescription(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^ {4}lxc config show db-old \| (.*) \| lxc init `).FindSubmatch(readme)
	if line == nil {
		t.Fatal("README.md has no line that makes a container like the old one")
	}
	want := `architecture: x86_64
config:
  environment.LONG: word word word word word word word word word word word word word
    image.word word word word word word word word word
  environment.WORDS: |
    one
      volatile.two

    three
  limits.memory: 1GiB
devices:
  data:
    path: /srv
    type: disk
profiles:
- default
`
	filter := exec.Command("sh", "-c", string(line[1]))
	filter.Stdin = strings.NewReader(strings.NewReplacer("  limits.memory", `  image.description: the company's front door, which has a description that is longer
    than eighty characters
  image.os: nginx
  limits.memory`, "devices:", `  volatile.eth0.hwaddr: 00:16:3e:00:00:01
  volatile.idmap.next: '[]'
devices:`).Replace(want))
	got, err := filter.CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
