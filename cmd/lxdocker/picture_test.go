package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"lxdocker/internal/command"
)

// pty is a real terminal, of 80 columns and 24 lines, and what was drawn on it.
type pty struct {
	file *os.File // the side of the program

	mu    sync.Mutex
	drawn bytes.Buffer
	done  chan struct{}
}

func newPTY(t *testing.T) *pty {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() })
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(int(master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: 80, Row: 24}); err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprint("/dev/pts/", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	term := &pty{file: slave, done: make(chan struct{})}
	go func() {
		defer close(term.done)
		_, _ = io.Copy(term, struct{ io.Reader }{master}) // ends with an error when slave is closed
	}()
	return term
}

// Write notes what the program has drawn.
func (t *pty) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.drawn.Write(p)
}

func (t *pty) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.drawn.String()
}

func TestWarningsOfTheStoreStandAboveThePicture(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, dir := range []string{"specs", "files/bin"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	r := newRegistry()
	t.Cleanup(r.Close)
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	push := func(name string) {
		t.Helper()
		write("files/bin/server", name)
		if err := r.push("library/"+name+":1", "files", "{}", ""); err != nil {
			t.Fatal(err)
		}
		write("specs/"+name+".yaml", "image: "+r.Address()+"/library/"+name+":1\n")
	}
	build := func(stderr io.Writer) {
		t.Helper()
		args := []string{"build", "--specs", "specs", "--cache", "cache", "--lxdimages", "images"}
		var stdout bytes.Buffer
		if code := execute(context.Background(), args, &stdout, stderr); code != command.ExitOK {
			t.Fatalf("it ended with %d: %s", code, &stdout)
		}
	}
	push("old")
	build(io.Discard)
	published, _ := filepath.Glob("images/images/old/amd64/*/version.json")
	if len(published) != 1 {
		t.Fatalf("published is %q", published)
	}
	push("new")
	push("slow")
	// While the picture shows the slow image, the version that was published is
	// damaged, and another one is published, for which the store is listed.
	term := newPTY(t)
	registry := r.Config.Handler
	r.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.Method == http.MethodGet && strings.Contains(q.URL.Path, "/blobs/") {
			awaited := "slow/amd64"
			if strings.Contains(q.URL.Path, "/slow/") {
				awaited = "time="
			}
			for end := time.Now().Add(20 * time.Second); !strings.Contains(term.text(), awaited) && time.Now().Before(end); {
				time.Sleep(10 * time.Millisecond)
			}
			write(published[0], "{}")
			os.Remove("images/.ledger") // or nobody would look into the folders now
		}
		registry.ServeHTTP(w, q)
	})
	build(term.file)
	term.file.Close()
	<-term.done
	before, _, found := strings.Cut(term.text(), "time=")
	if !found || !strings.HasSuffix(before, "\x1b[J") {
		t.Errorf("a warning stands in the picture, or nowhere: %q", term.text())
	}
}

func TestAPersonIsToldThatNothingIsNew(t *testing.T) {
	t.Chdir(t.TempDir())
	r := newRegistry()
	t.Cleanup(r.Close)
	if err := os.MkdirAll("files/bin", 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"files/bin/server": "hello", "specs/web.yaml": "image: " + r.Address() + "/library/web:1\n"} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.push("library/web:1", "files", "{}", ""); err != nil {
		t.Fatal(err)
	}
	build := func(stdout, stderr io.Writer) {
		t.Helper()
		args := []string{"--specs", "specs", "--cache", "cache", "--lxdimages", "images"}
		if code := execute(context.Background(), args, stdout, stderr); code != command.ExitOK {
			t.Fatalf("it ended with %d", code)
		}
	}
	var out bytes.Buffer
	build(&out, io.Discard)
	for name, on := range map[string]func(*os.File) (stdout, stderr io.Writer){
		"with both outputs on a terminal":     func(f *os.File) (io.Writer, io.Writer) { return f, f },
		"with the messages in a file":         func(f *os.File) (io.Writer, io.Writer) { return f, io.Discard },
		"with the table in a pipe, to a tool": func(f *os.File) (io.Writer, io.Writer) { return &out, f },
	} {
		out.Reset()
		term := newPTY(t)
		build(on(term.file))
		term.file.Close()
		<-term.done
		if said := term.text() + out.String(); !strings.Contains(said, "0 built, 1 unchanged") {
			t.Errorf("%s it says %q", name, said)
		}
	}
}
