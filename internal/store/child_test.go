package store_test

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"lxdocker/internal/catalog"
	"lxdocker/internal/simplestreams"
	"lxdocker/internal/store"
)

// childVariable makes the test program a process that uses a store, for tests
// that kill it or compete with it. Its value is what to do.
const childVariable = "STORE_TEST_CHILD"

func TestMain(m *testing.M) {
	what := os.Getenv(childVariable)
	if what == "" {
		os.Exit(m.Run())
	}
	if err := child(what, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func child(what, dir string) error {
	s, err := store.Open(dir)
	if err != nil {
		return err
	}
	unlock, err := s.TryLock()
	if err != nil {
		return err
	}
	defer unlock()
	fmt.Println("locked")
	if what == "hold the lock" {
		_, err := io.Copy(io.Discard, os.Stdin)
		return err
	}
	for {
		if err := work(s); err != nil {
			return err
		}
	}
}

// work is what a build does to a store, with images as random as they come. It
// says what it published, once that is done.
func work(s *store.Store) error {
	name := fmt.Sprintf("image%d", rand.IntN(3))
	d, err := s.Draft()
	if err != nil {
		return err
	}
	defer d.Discard()
	for kind, file := range map[string]string{store.Metadata: "lxd.tar.xz", store.Squashfs: "rootfs.squashfs"} {
		w, err := d.Create(kind, file)
		if err != nil {
			return err
		}
		if _, err := w.Write(noise(1 + rand.IntN(200_000))); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
	}
	v, err := d.Publish(store.Version{Name: name, Architecture: "amd64"})
	if err != nil {
		return err
	}
	fmt.Println(v.Name, v.Serial)
	return letGo(s, v)
}

// letGo writes the streams, and then retires and prunes what v replaces.
func letGo(s *store.Store, v store.Version) error {
	all, err := s.Versions()
	if err != nil {
		return err
	}
	index, images, err := simplestreams.Render(catalog.New(all))
	if err != nil {
		return err
	}
	if err := s.WriteStreams("images.json", images); err != nil {
		return err
	}
	if err := s.WriteStreams("index.json", index); err != nil {
		return err
	}
	for _, old := range all {
		if old.Name == v.Name && old.Serial != v.Serial {
			if err := s.Retire(old, time.Now()); err != nil {
				return err
			}
		}
	}
	_, err = s.Prune(time.Now(), 50*time.Millisecond)
	return err
}

func noise(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rand.Uint32())
	}
	return b
}

// process is a running child.
type process struct {
	cmd   *exec.Cmd
	input io.Closer
	said  *bufio.Scanner
}

// start runs a child and returns when it has the lock.
func start(t *testing.T, what, dir string) *process {
	t.Helper()
	cmd := exec.Command(os.Args[0], dir)
	cmd.Env = append(os.Environ(), childVariable+"="+what)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd, in, bufio.NewScanner(out)}
	t.Cleanup(func() { p.kill() })
	if !p.said.Scan() {
		t.Fatal("the child did not get the lock")
	}
	return p
}

// kill ends the child as a power cut would, and returns what it still said.
func (p *process) kill() (lines []string) {
	if p.cmd.ProcessState != nil {
		return nil
	}
	_ = p.cmd.Process.Kill()
	for p.said.Scan() {
		lines = append(lines, p.said.Text())
	}
	_ = p.cmd.Wait()
	return lines
}
