//go:build e2e

package hub

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// run is a lxdocker that is held up while it has the store's lock.
type run struct {
	cmd  *exec.Cmd
	said bytes.Buffer
	held chan struct{}
}

// newRun starts one on the site's store, with a spec called own, and returns
// when it waits for the registry.
func newRun(t *testing.T, s *site, p *proxy) *run {
	t.Helper()
	specs := t.TempDir()
	if err := os.WriteFile(filepath.Join(specs, "own.yaml"), []byte("image: goserver\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	waiting, held := make(chan struct{}, 100), make(chan struct{})
	p.set(func(r *http.Request) {
		if strings.Contains(r.URL.Path, "/goserver/blobs/") {
			waiting <- struct{}{}
			<-held
		}
	})
	o := &run{held: held}
	o.cmd = exec.CommandContext(t.Context(), filepath.Join(programs, "lxdocker"), "--specs", specs, "--cache", s.cache,
		"--lxdimages", s.images, "--mirror", "docker.io="+p.host)
	o.cmd.Stdout, o.cmd.Stderr = &o.said, &o.said
	if err := o.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-waiting
	return o
}

// finish lets it go on to its end.
func (o *run) finish(t *testing.T) {
	t.Helper()
	close(o.held)
	if err := o.cmd.Wait(); err != nil {
		t.Fatalf("lxdocker: %v\n%s", err, &o.said)
	}
}
