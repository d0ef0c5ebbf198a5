package upgrade

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"lxdocker/internal/server/servertest"
)

// left is what older programs have left behind, unpacked.
type left struct {
	t      *testing.T
	folder string
}

func unpacked(t *testing.T, name string) left {
	t.Helper()
	l := left{t, t.TempDir()}
	f, err := os.Open(filepath.Join("testdata", name+".tar.zst"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := zstd.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	cmd := exec.CommandContext(t.Context(), "tar", "-x", "--no-same-owner", "-C", l.folder)
	cmd.Stdin = z
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("unpacking %s: %v\n%s", name, err, out)
	}
	return l
}

func (l left) path(elem ...string) string {
	return filepath.Join(append([]string{l.folder}, elem...)...)
}

// match lists what matches a pattern, as paths within the folder.
func (l left) match(pattern string) (all []string) {
	l.t.Helper()
	found, err := filepath.Glob(l.path(pattern))
	if err != nil {
		l.t.Fatal(err)
	}
	for _, path := range found {
		rel, err := filepath.Rel(l.folder, path)
		if err != nil {
			l.t.Fatal(err)
		}
		all = append(all, rel)
	}
	return all
}

// tree is all that is in the folder: modes, times and contents.
func (l left) tree() map[string]string {
	l.t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(l.folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		content := ""
		if info.Mode().IsRegular() {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			content = digest(data)
		}
		all[path] = info.Mode().String() + " " + info.ModTime().Format(time.RFC3339Nano) + " " + content
		return nil
	})
	if err != nil {
		l.t.Fatal(err)
	}
	return all
}

// certificate is the one that clients know, DER.
func (l left) certificate() []byte {
	l.t.Helper()
	text, err := os.ReadFile(l.path("images-tls", "imgserver.crt"))
	if err != nil {
		l.t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	return block.Bytes
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// get fetches from a server, as a daemon of LXD does.
func get(t *testing.T, s *servertest.Process, path string) (status int, body []byte) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("User-Agent", "LXD 5.0.2 (Linux; x86_64; 6.1.0; Debian GNU/Linux; 12) (dir 1)")
	a, err := s.Client.Do(q)
	if err != nil {
		t.Fatalf("%v\n%s", err, s.Output())
	}
	defer a.Body.Close()
	body, err = io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return a.StatusCode, body
}

// target is the fingerprint that a name means; "" if it means nothing.
func target(t *testing.T, s *servertest.Process, name string) string {
	t.Helper()
	status, body := get(t, s, "/1.0/images/aliases/"+url.PathEscape(name))
	var answer struct {
		Metadata struct{ Target string }
	}
	if err := json.Unmarshal(body, &answer); err != nil && status == http.StatusOK {
		t.Fatalf("%s: %v", body, err)
	}
	return answer.Metadata.Target
}

// downloaded downloads all that the index of simplestreams lists, compares it with what the
// index says, and returns how many versions each product has.
func downloaded(t *testing.T, s *servertest.Process) map[string]int {
	t.Helper()
	var index struct {
		Products map[string]struct {
			Aliases  string
			Versions map[string]struct {
				Items map[string]struct {
					Path, Sha256 string
					Size         int64
				}
			}
		}
	}
	if _, body := get(t, s, "/streams/v1/images.json"); json.Unmarshal(body, &index) != nil {
		t.Fatalf("the index is %s", body)
	}
	versions := map[string]int{}
	for name, p := range index.Products {
		versions[name] = len(p.Versions)
		for serial, v := range p.Versions {
			if len(v.Items) < 2 {
				t.Errorf("version %s of %s has %d files", serial, name, len(v.Items))
			}
			for _, item := range v.Items {
				status, body := get(t, s, "/"+item.Path)
				if status != http.StatusOK || int64(len(body)) != item.Size || digest(body) != item.Sha256 {
					t.Errorf("%s: status %d, %d bytes of sha256 %s; the index says %d of %s", item.Path, status, len(body), digest(body), item.Size, item.Sha256)
				}
			}
		}
	}
	return versions
}
