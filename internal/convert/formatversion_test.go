package convert

import (
	"archive/tar"
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/image"
	"lxdocker/internal/lxdimage"
	"lxdocker/internal/oci"
	"lxdocker/internal/progress"
)

var update = flag.Bool("update", false, "record the files of an image of a new FormatVersion")

// recorded has every file of an image of the last FormatVersion, by its sum.
const recorded = "testdata/image.txt"

// TestTheImageIsThatOfItsFormatVersion: an image that is published already is not
// built again while its key stays the same, so nobody would ever get the change.
func TestTheImageIsThatOfItsFormatVersion(t *testing.T) {
	version := fmt.Sprintf("FormatVersion %d", FormatVersion)
	now := version + "\n" + filesOfAnImage(t)
	text, err := os.ReadFile(recorded)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	before, _, _ := strings.Cut(string(text), "\n")
	switch {
	case string(text) == now:
	case before == version:
		t.Errorf(`an image is no longer what FormatVersion %d makes:
%s
Raise FormatVersion in key.go, and its number in docs/upgrading.md, so that images are built anew;
then go test ./internal/convert -update. If nobody has images of version %[1]d yet, delete
internal/convert/%[3]s instead, and record it anew.`, FormatVersion, difference(string(text), now), recorded)
	case !*update:
		t.Errorf("%s is of another FormatVersion: go test ./internal/convert -update", recorded)
	default:
		if err := cmp.Or(os.MkdirAll("testdata", 0o755), os.WriteFile(recorded, []byte(now), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
}

// filesOfAnImage makes an image without layers, of a source that says something of
// everything, and lists its files in the order in which they are written.
func filesOfAnImage(t *testing.T) string {
	t.Helper()
	ref, err := oci.Parse("registry.example.org/web:1")
	if err != nil {
		t.Fatal(err)
	}
	c := &Conversion{
		converter: &Converter{},
		Job:       Job{Product: image.Product{Name: "web", Architecture: "amd64"}, Ref: ref},
		source: &oci.Image{
			Reference: ref, Digest: "sha256:1", Created: time.Unix(1659595589, 0),
			Config: oci.Config{
				Entrypoint: []string{"/app", "a b"}, Cmd: []string{"c"}, Env: []string{"A=b", "PATH=/bin"}, User: "app:www", WorkingDir: "/srv/web",
				StopSignal: "SIGQUIT", Healthcheck: &oci.Healthcheck{Test: []string{"CMD", "/check"}, Interval: time.Minute}, Volumes: []string{"/data"},
			},
		},
		busybox: program{data: []byte("\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 9) + "\x02\x00\x3e\x00")}, // for amd64
	}
	c.converter.Format = lxdimage.Tar
	var out unified
	if _, err := c.work(0).Do(t.Context(), nil, nil, &out, progress.Discard().Task("web")); err != nil {
		t.Fatal(err)
	}
	var list strings.Builder
	for r := tar.NewReader(&out); ; {
		h, err := r.Next()
		if err == io.EOF {
			return list.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.New()
		if _, err := io.Copy(sum, r); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&list, "%.6x %c %04o %d:%d %d %s%s\n", sum.Sum(nil), h.Typeflag, h.Mode, h.Uid, h.Gid, h.ModTime.Unix(), h.Name, h.Linkname)
	}
}

// unified is an image of one file, in memory.
type unified struct{ bytes.Buffer }

func (u *unified) Create(_, _ string) (io.WriteCloser, error) { return u, nil }
func (u *unified) Close() error                               { return nil }
func (u *unified) Note(func(io.Writer) error) error           { return nil }
func (u *unified) Scratch() string                            { return "" }

// difference has the lines that only one of two lists has.
func difference(before, now string) string {
	var all []string
	for _, side := range [][3]string{{"-", before, now}, {"+", now, before}} {
		others := strings.Split(side[2], "\n")
		for line := range strings.SplitSeq(side[1], "\n") {
			if !slices.Contains(others, line) {
				all = append(all, side[0]+" "+line)
			}
		}
	}
	return strings.Join(all, "\n")
}
