//go:build e2e

package hub

import (
	"archive/tar"
	"bytes"
	"cmp"
	"io"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"lxdocker/test/testbed"
)

// large is the image that the deltas are of: LXDOCKER_HUB_IMAGE=big is one of
// 1.4 GB, for those who have the time.
func large() string { return cmp.Or(os.Getenv("LXDOCKER_HUB_IMAGE"), "nginx") }

// TestDeltas: a client with the version before downloads only the metadata and the delta of
// the next one.
func TestDeltas(t *testing.T) {
	t.Parallel()
	s := newSite(t, bed.Registry, "--every", "1s")
	each(t, func(t *testing.T, d testbed.Daemon) {
		image := "e2e/delta-" + strings.ToLower(strings.ReplaceAll(d.Name, " ", ""))
		derive(t, image, 1)
		before := s.alias(t, image)
		d = d.WithConfig(t.TempDir())
		if err := d.AddRemote(t.Context(), "hub", s.URL, s.Certificate); err != nil {
			t.Fatal(err)
		}
		alias := strings.ReplaceAll(image, "/", "-")
		if _, err := d.Run(t.Context(), "image", "copy", "hub:"+image, "local:", "--alias", alias, "--auto-update"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _, _ = d.Run(t.Context(), "image", "delete", alias) })

		layer := derive(t, image, 2)
		until(t, 3*time.Minute, "the server has the new image", func() bool { return s.alias(t, image) != before })
		if err := d.ForgetCatalogs(); err != nil {
			t.Fatal(err)
		}
		said := len(s.Output())
		if _, err := d.Run(t.Context(), "image", "refresh", alias); err != nil {
			t.Fatal(err)
		}
		if after := fingerprint(t, d, alias); after != s.alias(t, image) {
			t.Errorf("after the refresh it has %s", after)
		}
		until(t, time.Minute, "the log tells of a delta", func() bool { return strings.Contains(s.Output()[said:], ".vcdiff") })
		size := s.fetchedDelta(t, s.Output()[said:], d, image)
		t.Logf("the layer has %d bytes, the delta %d", layer, size)
		if float64(size) > 1.2*float64(layer) {
			t.Errorf("the delta has %d bytes, the layer %d", size, layer)
		}
		i := testbed.LaunchIn(t, d, alias, "updated")
		until(t, time.Minute, "its file is the new one", func() bool { // clients lose the output of a program now and then
			got, err := i.Exec(t.Context(), "cat", "/srv/edition")
			return err == nil && got == "2\n"
		})
	})
}

var fetched = regexp.MustCompile(`path=/images/(\S+)/(\S+) status=200 bytes=([0-9]+) .* agent="(\S+) `)

// fetchedDelta reads in the access log what a daemon has fetched of an image, and
// returns the size of the delta.
func (s *site) fetchedDelta(t *testing.T, log string, d testbed.Daemon, image string) (size int64) {
	t.Helper()
	family, _, _ := strings.Cut(d.Name, " ")
	var files []string
	for _, m := range fetched.FindAllStringSubmatch(log, -1) {
		if m[4] != family || !strings.Contains(m[1], strings.ReplaceAll(image, "/", "_")) {
			continue
		}
		files = append(files, m[2])
		if m[2] == "rootfs.squashfs.vcdiff" {
			size, _ = strconv.ParseInt(m[3], 10, 64)
		}
	}
	if got := strings.Join(files, " "); got != "lxd.tar.xz rootfs.squashfs.vcdiff" {
		t.Errorf("%s has fetched %q", d.Name, got)
	}
	return size
}

// derive pushes the next edition of an image: all layers of the large one, and ten
// megabytes of its own. It returns the compressed size of these.
func derive(t *testing.T, image string, edition byte) int64 {
	t.Helper()
	content := make([]byte, 10_000_000)
	_, _ = rand.NewChaCha8([32]byte{edition}).Read(content)
	return extend(t, large(), image, map[string][]byte{"srv/application": content, "srv/edition": []byte(strconv.Itoa(int(edition)) + "\n")})
}

// baseOf is an image of the testbed, and the tag that one made of it is to have.
func baseOf(t *testing.T, image, as string) (base v1.Image, to name.Tag) {
	t.Helper()
	from, err := name.ParseReference(bed.Registry+"/library/"+image+":latest", name.Insecure)
	if err != nil {
		t.Fatal(err)
	}
	to, err = name.NewTag(bed.Registry+"/"+as, name.Insecure)
	if err != nil {
		t.Fatal(err)
	}
	base, err = remote.Image(from, remote.WithContext(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	return base, to
}

// extend pushes an image of the testbed with one more layer, whose compressed size it
// returns.
func extend(t *testing.T, image, as string, files map[string][]byte) int64 {
	t.Helper()
	base, to := baseOf(t, image, as)
	archive := archiveOf(t, files)
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(archive)), nil },
		tarball.WithMediaType(types.OCILayer))
	if err != nil {
		t.Fatal(err)
	}
	size, err := layer.Size()
	if err != nil {
		t.Fatal(err)
	}
	whole, err := mutate.AppendLayers(base, layer)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(to, whole, remote.WithContext(t.Context())); err != nil {
		t.Fatal(err)
	}
	return size
}

func archiveOf(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for path, data := range files {
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: path, Mode: 0o644, Size: int64(len(data))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return archive.Bytes()
}
