package hostile

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lxdocker/internal/spec"
	"lxdocker/internal/terminal"
	"lxdocker/internal/testenv"
)

func TestASpecsLinkShowsNothingThatItsAuthorMayNotRead(t *testing.T) {
	t.Parallel()
	testenv.NeedsRoot(t)
	dir := t.TempDir()
	secret, folder := filepath.Join(dir, "shadow"), filepath.Join(dir, "specs")
	if err := os.WriteFile(secret, []byte("root:$6$secret:1::\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"theirs.yaml": secret, "ours.yaml": secret, "inside.yaml": "right.yaml"} {
		if err := os.Symlink(to, filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
		if name == "ours.yaml" {
			continue
		}
		if err := os.Lchown(filepath.Join(folder, name), 65534, 65534); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(folder, "right.yaml"), []byte("image: nginx\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	set, err := spec.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range set.Specs {
		got = append(got, s.Name)
	}
	if names := strings.Join(got, " "); names != "inside right" {
		t.Errorf("the specs are %s", names)
	}
	for _, d := range set.Wrong {
		shown := strings.Contains(d.Error(), "secret")
		if ours := filepath.Base(d.File) == "ours.yaml"; shown != ours { // root may read what it links to
			t.Errorf("%s: %v", d.File, d)
		}
		if !shown {
			t.Log("the author got: ", d)
		}
	}
}

func TestASpecsNameReachesNoTerminal(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "a\x1b[2J\u202e\u009b.yaml"), []byte("image: \"\\e[2J\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	set, err := spec.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := terminal.NewWriter(&out)
	if err := json.NewEncoder(w).Encode(set.Wrong); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(set.Wrong.Error())); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(out.String(), "\x1b\u009b\u202e") || !strings.Contains(out.String(), `\u202e`) {
		t.Errorf("it says %q", &out)
	}
	t.Logf("the operator sees: %s", &out)
}
