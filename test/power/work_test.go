package power_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"lxdocker/internal/image"
	"lxdocker/internal/server/servertest"
	"lxdocker/internal/store/dir"
)

// site is a machine whose images and cache are on a disk, and all else is not.
type site struct {
	t        *testing.T
	programs string
	specs    string
	registry string

	checking sync.RWMutex // held while a copy is looked at, when nobody begins anything

	mu    sync.Mutex
	acked map[image.Product]string // serials that were reported as published, at least
}

const (
	specs    = 4  // images of specs
	demanded = 12 // images that clients ask for
)

func newSite(t *testing.T, programs string) *site {
	t.Helper()
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	s := &site{t: t, programs: programs, specs: t.TempDir(), registry: strings.TrimPrefix(server.URL, "http://"), acked: map[image.Product]string{}}
	for i := range specs {
		s.push(fmt.Sprintf("spec%d", i))
		text := fmt.Sprintf("image: %s/lib/spec%d\naliases: [s%d]\n", s.registry, i, i)
		if err := os.WriteFile(filepath.Join(s.specs, fmt.Sprintf("spec%d.yaml", i)), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for i := range demanded {
		s.push(fmt.Sprintf("app%d", i))
	}
	return s
}

// push lets a tag name an image that nobody has had yet.
func (s *site) push(repository string) {
	s.t.Helper()
	to, err := name.NewTag(s.registry+"/lib/"+repository+":latest", name.Insecure)
	if err == nil {
		var img v1.Image
		if img, err = noise(2); err == nil {
			err = remote.Write(to, img)
		}
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// noise is an image of some layers that nobody has.
func noise(layers int) (v1.Image, error) {
	img := empty.Image
	for range layers {
		content := make([]byte, 50_000+rand.IntN(200_000))
		for i := range content {
			content[i] = byte(rand.Uint32())
		}
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: fmt.Sprint(rand.Uint32()), Mode: 0o755, Size: int64(len(content))})
		_, also := w.Write(content)
		if err := errors.Join(err, also, w.Close()); err != nil {
			return nil, err
		}
		layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil })
		if err != nil {
			return nil, err
		}
		if img, err = mutate.AppendLayers(img, layer); err != nil {
			return nil, err
		}
	}
	file, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	file = file.DeepCopy()
	file.OS, file.Architecture, file.Config = "linux", "amd64", v1.Config{Cmd: []string{"/bin/app"}}
	return mutate.ConfigFile(img, file)
}

// lxdocker runs it, and returns what it says.
func (s *site) lxdocker(ctx context.Context, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, filepath.Join(s.programs, "lxdocker"), args...).CombinedOutput()
	return string(out), err
}

func (s *site) build(ctx context.Context, disk string) (string, error) {
	return s.lxdocker(ctx, "--specs", s.specs, "--cache", disk+"/cache", "--lxdimages", disk+"/images", "--keep", "2", "--cache-age", "2s")
}

func (s *site) serve(disk string) (*servertest.Process, error) {
	return servertest.Start(filepath.Join(s.programs, "imgserver"), "", "--lxdimages", disk+"/images", "--cache", disk+"/cache",
		"--on-demand", s.registry+"/**", "--address", "127.0.0.1:0", "--every", "2s", "--keep", "2", "--cache-age", "2s", "--per-client", "0")
}

// ask asks a server for an image by name, as a command line does.
func (s *site) ask(p *servertest.Process, repository string) error {
	r, err := http.NewRequest(http.MethodGet, p.URL+"/1.0/images/"+url.PathEscape(s.registry+"/lib/"+repository+":latest"), nil)
	if err != nil {
		return err
	}
	r.Header.Set("User-Agent", "LXD 5.0.2 (Linux; x86_64; 6.1.0; Debian GNU/Linux; 12)")
	resp, err := p.Client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(resp.Body)
		return fmt.Errorf("%s is %s: %s", repository, resp.Status, text)
	}
	return nil
}

// work keeps everything busy until ctx ends.
func (s *site) work(ctx context.Context, disk string, p *servertest.Process) {
	var all sync.WaitGroup
	fail := func(what string, err error) {
		if err != nil && ctx.Err() == nil {
			s.t.Errorf("%s: %v", what, err)
		}
	}
	all.Go(func() { // clients, and tags that move
		for ctx.Err() == nil {
			s.wait()
			n := rand.IntN(demanded)
			fail("asking", s.ask(p, fmt.Sprintf("app%d", n)))
			if rand.IntN(3) == 0 {
				s.push(fmt.Sprintf("app%d", rand.IntN(demanded)))
			}
			s.note(ctx, disk)
		}
	})
	all.Go(func() { // runs, and what people do by hand
		for n := 0; ctx.Err() == nil; n++ {
			s.wait()
			s.push(fmt.Sprintf("spec%d", rand.IntN(specs)))
			out, err := s.build(ctx, disk)
			fail("lxdocker: "+out, err)
			s.note(ctx, disk)
			image := fmt.Sprintf("spec%d", rand.IntN(specs))
			switch n % 4 {
			case 0:
				_, _ = s.lxdocker(ctx, "rollback", image, "previous", "--lxdimages", disk+"/images") // there may be none
			case 1:
				out, err = s.lxdocker(ctx, "pin", image, "--lxdimages", disk+"/images")
				fail("pin: "+out, err)
			case 2:
				out, err = s.lxdocker(ctx, "unpin", image, "--lxdimages", disk+"/images")
				fail("unpin: "+out, err)
			case 3:
				out, err = s.lxdocker(ctx, "prune", "--keep", "1", "--lxdimages", disk+"/images")
				fail("prune: "+out, err)
			}
			s.note(ctx, disk)
		}
	})
	all.Wait()
}

// wait waits while a copy is looked at.
func (s *site) wait() {
	s.checking.RLock()
	defer s.checking.RUnlock()
}

// note notes what is published now: programs have said so.
func (s *site) note(ctx context.Context, disk string) {
	images, err := dir.Open(disk + "/images")
	if err != nil {
		return
	}
	now, err := images.Versions(ctx)
	if err != nil {
		return
	}
	current := map[image.Product]string{}
	for _, p := range now.Products() {
		if v, ok := now.Current(p); ok {
			current[p] = v.Serial
		}
	}
	time.Sleep(time.Millisecond) // a version is seen a moment before its folder is synced
	s.mu.Lock()
	defer s.mu.Unlock()
	for p, serial := range current {
		s.acked[p] = max(s.acked[p], serial)
	}
}

// published is what has to be there after a loss of power now.
func (s *site) published() map[image.Product]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := map[image.Product]string{}
	for p, serial := range s.acked {
		now[p] = serial
	}
	return now
}
