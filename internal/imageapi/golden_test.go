package imageapi_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lxdocker/internal/version"
)

var update = flag.Bool("update", false, "write the golden files")

func TestAnswers(t *testing.T) {
	f := newFixture(t)
	f.redis = f.split(f.redis, "metadata", "squashfs of redis, again")
	for file, request := range map[string][2]string{
		"server":              {lxd5, "/1.0"},
		"images":              {lxd5, "/1.0/images"},
		"images-lxd":          {lxd5, "/1.0/images?recursion=1"},
		"images-incus":        {incus7, "/1.0/images?recursion=1&filter=a&project=default&x=y"},
		"aliases":             {lxd521, "/1.0/images/aliases"},
		"aliases-full":        {lxd521, "/1.0/images/aliases?recursion=1"},
		"alias":               {lxd5, "/1.0/images/aliases/nginx:1.27?project=default"},
		"image-by-name":       {lxd5, "/1.0/images/web"},
		"image-tarball":       {incus60, "/1.0/images/ping"},
		"image-retired":       {lxd5, "/1.0/images/" + f.old.Fingerprint},
		"no-such-image":       {lxd5, "/1.0/images/aliases/library%2Fngnix"},
		"no-such-fingerprint": {lxd5, "/1.0/images/" + strings.Repeat("0", 64)},
		"other-architecture":  {lxd5, "/1.0/images/uni"},
	} {
		t.Run(file, func(t *testing.T) {
			a := f.ask(request[0], "GET", request[1])
			var got bytes.Buffer
			if err := json.Indent(&got, []byte(strings.ReplaceAll(a.body, `"`+version.String()+`"`, `"VERSION"`)), "", "  "); err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", file+".json")
			if *update {
				if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("GET %s for %s (-want +got):\n%s", request[1], request[0], diff)
			}
			if head := f.ask(request[0], "HEAD", request[1]); head.status != a.status || head.header.Get("Content-Length") != a.header.Get("Content-Length") {
				t.Errorf("HEAD is %d, %v", head.status, head.header)
			}
		})
	}
}
