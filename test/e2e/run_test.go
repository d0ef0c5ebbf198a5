//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"lxdocker/test/testbed"
)

// TestNothingChanged: a run with nothing to do costs one small question for each
// spec, and less than a second of a processor.
func TestNothingChanged(t *testing.T) {
	t.Parallel()
	r := newRegistry(t)
	s := newSite(t)
	for n := range 20 {
		name := fmt.Sprintf("app-%d", n)
		r.image(t, name, "latest", r.layer(t, file("hello", name)))
		s.write(t, name, "image: "+r.host+"/"+name+"\n")
	}
	s.build(t)
	r.requests()
	again := s.build(t)
	t.Logf("a run with nothing to do took %v", again.took)
	if again.cpu > time.Second {
		t.Errorf("it took %v of a processor", again.cpu)
	}
	asked := make(map[string]int)
	for _, request := range r.requests() {
		asked[request]++
	}
	// Whether it wants a login may be asked once, of the registry as a whole.
	if asked["GET /v2/"] == 1 {
		delete(asked, "GET /v2/")
	}
	for n := range 20 {
		question := fmt.Sprintf("HEAD /v2/app-%d/manifests/latest", n)
		if asked[question] != 1 {
			t.Errorf("%q was asked %d times", question, asked[question])
		}
		delete(asked, question)
	}
	if len(asked) > 0 {
		t.Errorf("it also asked for %v", asked)
	}
}

// TestSameBytes: an image is a function of its source and its spec, and of
// nothing in the surroundings.
func TestSameBytes(t *testing.T) {
	t.Parallel()
	build := func(script string) *site {
		s := newSite(t)
		s.from(t, "layered", "caps")
		command := s.command(t.Context())
		cmd := exec.CommandContext(t.Context(), "sh", append([]string{"-c", script + "\nexec \"$0\" \"$@\""}, command.Args...)...)
		cmd.Dir = t.TempDir()
		if o := runToEnd(t, cmd); o.code != 0 {
			t.Fatalf("lxdocker ended with %d\n%v", o.code, o)
		}
		return s
	}
	a := mustOffer(t, build("umask 0; export TZ=Asia/Tokyo GOMAXPROCS=1 LANG=de_DE.UTF-8"), nil, "caps", "layered")
	b := mustOffer(t, build("umask 077; export TZ=America/Lima GOMAXPROCS=7 LANG=C"), nil, "caps", "layered")
	for name := range a {
		for _, d := range []testbed.Daemon{bed.LXD, bed.Incus} {
			if a[name].in(d) != b[name].in(d) {
				t.Errorf("in %s %s is %s in one place and %s in another", d.Name, name, a[name].in(d), b[name].in(d))
			}
		}
	}
}

// TestSpecMistakes: all mistakes of all specs come in one run that does nothing
// else; what was published stays.
func TestSpecMistakes(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.from(t, "goserver")
	s.build(t)
	s.write(t, "typo", "imgae: nginx\n")
	s.write(t, "not-yaml", "image: [nginx\nenv: }{\n")
	s.write(t, "wrong-type", "image: nginx\ndisable_supervisor: sometimes\nenv: 7\n")
	s.write(t, "bad-reference", "image: NGINX:la test\n")
	s.write(t, "good", "image: "+imageRef("goserver")+"\n")
	s.lxdocker(t).mustSay(t, 3,
		"typo.yaml:1:1", "imgae", `"image"`, "not-yaml.yaml:", "wrong-type.yaml:2:", "wrong-type.yaml:3:", "bad-reference.yaml:1:")
	mustOffer(t, s, nil, "good", "goserver") // what is right is built all the same
}

// gate is a registry whose layers do not come until it is opened; and a site
// that waits for one.
func gate(t *testing.T) (s *site, arrived, open chan struct{}) {
	r := newRegistry(t)
	l := r.layer(t, file("hello", "hello"))
	r.image(t, "slow", "latest", l)
	arrived, open = make(chan struct{}, 100), make(chan struct{})
	r.answer("/slow/blobs/"+l.Digest, func(w http.ResponseWriter, request *http.Request) {
		arrived <- struct{}{}
		select {
		case <-open:
			r.blob(w, request, l.Digest)
		case <-request.Context().Done():
		}
	})
	s = newSite(t)
	s.from(t, "goserver")
	s.build(t)
	s.write(t, "slow", "image: "+r.host+"/slow\n")
	return s, arrived, open
}

// TestTwoRuns: the second waits for the first, or says whom it would wait for.
func TestTwoRuns(t *testing.T) {
	t.Parallel()
	s, arrived, open := gate(t)
	first := s.command(t.Context())
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	<-arrived
	s.lxdocker(t, "--no-wait").mustSay(t, 1, fmt.Sprint(first.Process.Pid), s.images)

	second := make(chan outcome, 1)
	go func() { second <- s.lxdocker(t, "--quiet=false") }()
	close(open)
	if err := first.Wait(); err != nil {
		t.Errorf("the first run: %v", err)
	}
	if o := <-second; o.code != 0 || !strings.Contains(o.stdout, "0 built, 2 unchanged") {
		t.Errorf("the second run ended with %d\n%v", o.code, o)
	}
	mustOffer(t, s, nil, "goserver", "slow")
}

// TestInterrupted: Ctrl-C ends a run at once and in order.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	s, arrived, open := gate(t)
	cmd := s.command(t.Context())
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-arrived
	began := time.Now()
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 130 || time.Since(began) > 5*time.Second {
		t.Errorf("it ended with %d after %v\n%s", code, time.Since(began), &stderr)
	}
	mustOffer(t, s, nil, "goserver")
	if left := s.leftovers(t); len(left) > 0 {
		t.Errorf("the interrupted run left %q in the images folder", left)
	}
	close(open)
	s.build(t)
	mustOffer(t, s, nil, "goserver", "slow")
}

// TestEscapingSymlinks: a directory replaces a link below it, as in Docker, and nothing
// is written where that led.
func TestEscapingSymlinks(t *testing.T) {
	t.Parallel()
	r := newRegistry(t)
	outside := t.TempDir()
	r.image(t, "links", "latest",
		r.layer(t, symlink("absolute", outside), symlink("relative", "../../../../../../../.."+outside), file("hello", "hello")),
		r.layer(t, file("absolute/one", "1"), file("relative/two", "2")))
	listing := shell(t, "unsquashfs", "-ls", "-d", "", filepath.Join(convert(t, r.host+"/links", "--cache", t.TempDir()), "rootfs.squashfs"))
	for _, name := range []string{"/absolute/one", "/relative/two"} {
		if !strings.Contains(listing, name+"\n") {
			t.Errorf("the image has no %s:\n%s", name, listing)
		}
	}
	if names, err := os.ReadDir(outside); err != nil || len(names) > 0 {
		t.Errorf("outside of the image there is %v (%v)", names, err)
	}
}
