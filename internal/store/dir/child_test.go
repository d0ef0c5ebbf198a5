package dir_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/image"
	"lxdocker/internal/simplestreams"
	"lxdocker/internal/store"
	"lxdocker/internal/store/dir"
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

func child(what, folder string) error {
	s, err := dir.Open(folder)
	if err != nil {
		return err
	}
	told := make(chan struct{}) // to end
	go func() {
		defer close(told)
		_, _ = io.Copy(io.Discard, os.Stdin)
	}()
	switch what {
	case "hold the lock":
		return holdLock(s, told)
	case "run":
		return underWay(s, told)
	case "hold a draft":
		return holdDraft(s, told)
	}
	fmt.Println("ready")
	for {
		if err := work(s); err != nil {
			return err
		}
		select {
		case <-told:
			return nil
		default:
		}
	}
}

func holdLock(s *dir.Store, told <-chan struct{}) error {
	unlock, err := s.TryLock(context.Background())
	if err != nil {
		return err
	}
	defer unlock()
	fmt.Println("ready")
	<-told
	return nil
}

// holdDraft has all of a version but its publication, until it is told.
func holdDraft(s *dir.Store, told <-chan struct{}) error {
	d, err := s.Draft(context.Background())
	if err != nil {
		return err
	}
	defer d.Discard()
	if err := fill(d); err != nil {
		return err
	}
	fmt.Println("ready")
	<-told
	v, err := d.Publish(context.Background(), image.Version{Name: "image0", Architecture: "amd64"})
	fmt.Println(v.Name, v.Serial)
	return err
}

// work is what a build does to a store, with images as random as they come. It
// says what it published, once that is done.
func work(s *dir.Store) error {
	name := fmt.Sprintf("image%d", rand.IntN(3))
	d, err := s.Draft(context.Background())
	if err != nil {
		return err
	}
	defer d.Discard()
	if err := fill(d); err != nil {
		return err
	}
	v, err := d.Publish(context.Background(), image.Version{Name: name, Architecture: "amd64"})
	if err != nil {
		return err
	}
	fmt.Println(v.Name, v.Serial)
	if err := letGo(s, v); err != nil || rand.IntN(4) > 0 {
		return err
	}
	return goBack(s, name)
}

// goBack takes the newest version of an image back, if there is an older one
// and nobody prunes that meanwhile.
func goBack(s *dir.Store, name string) error {
	now, err := s.Versions(context.Background())
	if err != nil {
		return err
	}
	all := now.Product(version(name).Product())
	if len(all) < 2 {
		return nil
	}
	v, err := store.Rollback(context.Background(), s, all[len(all)-2])
	// Another process may have pruned it since, or gone back to it as well.
	if errors.Is(err, fs.ErrNotExist) || err != nil && strings.Contains(err.Error(), "clients get this image already") {
		return nil
	}
	if err != nil {
		return err
	}
	fmt.Println(v.Name, v.Serial)
	return letGo(s, v)
}

func fill(d store.Draft) error {
	for kind, file := range map[string]string{image.Metadata: "lxd.tar.xz", image.Squashfs: "rootfs.squashfs"} {
		w, err := d.Create(kind, file)
		if err != nil {
			return err
		}
		content := noise(1 + rand.IntN(200_000))
		if kind == image.Squashfs && rand.IntN(2) == 0 {
			content = bytes.Repeat([]byte{byte(rand.IntN(3))}, 50_000) // as others have it, perhaps
		}
		if _, err := w.Write(content); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
	}
	return nil
}

// letGo writes the streams, and then retires and prunes what v replaces.
func letGo(s *dir.Store, v image.Version) error {
	now, err := s.Versions(context.Background())
	if err != nil {
		return err
	}
	if err := s.UpdateStreams(context.Background(), simplestreams.RenderProducts); err != nil {
		return err
	}
	for _, old := range now.List() {
		if old.Name == v.Name && old.Serial < v.Serial { // another process may have published meanwhile
			if err := s.Retire(context.Background(), time.Now(), old); err != nil {
				return err
			}
		}
	}
	_, err = s.Prune(context.Background(), time.Now(), 50*time.Millisecond)
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

// start runs a child and returns when it is ready.
func start(t *testing.T, what, folder string) *process {
	t.Helper()
	cmd := exec.Command(os.Args[0], folder)
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
		t.Fatal("the child did not begin")
	}
	return p
}

// hear waits until the child has said so many lines more, or has ended.
func (p *process) hear(n int) (lines []string) {
	for len(lines) < n && p.said.Scan() {
		lines = append(lines, p.said.Text())
	}
	return lines
}

// end tells the child to end, and returns what it still said.
func (p *process) end(t *testing.T) (lines []string) {
	t.Helper()
	_ = p.input.Close()
	for p.said.Scan() {
		lines = append(lines, p.said.Text())
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("a process that others wrote beside: %v", err)
	}
	return lines
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
