package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"lxdocker/internal/command"
	"lxdocker/internal/server/servertest"
)

// download begins to download a file that is larger than what the buffers of a
// connection hold for a client that does not read, and returns the rest of it. It is not much
// larger: the server gives downloads a few seconds, in which a busy machine may give this test
// hardly any time.
func download(t *testing.T) (s *servertest.Process, rest io.Reader, size int64) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "images")
	size = 4 << 20
	v := split(t, dir, "nginx", make([]byte, size))
	s = started(t, dir)
	c, err := servertest.Client(dir + "-tls/imgserver.crt")
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Get(s.URL + "/" + v.Path(v.Files[1]))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Body.Close() })
	if r.StatusCode != http.StatusOK {
		t.Fatal(r.Status)
	}
	return s, r.Body, size
}

// tell sends a signal and waits until the server has noticed it.
func tell(t *testing.T, s *servertest.Process, sig os.Signal) {
	t.Helper()
	if err := s.Signal(sig); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); !strings.Contains(s.Log.String(), "ending:"); {
		if time.Now().After(end) {
			t.Fatalf("the signal was not noticed:\n%s", &s.Log)
		}
		time.Sleep(time.Millisecond)
	}
}

func TestAfterOneSignalTheDownloadFinishes(t *testing.T) {
	s, rest, size := download(t)
	tell(t, s, syscall.SIGTERM)
	n, err := io.Copy(io.Discard, rest)
	if n != size || err != nil {
		t.Errorf("got %d of %d bytes, %v", n, size, err)
	}
	if code, err := s.Wait(); code != command.ExitOK || err != nil {
		t.Errorf("exit code %d, %v\n%s", code, err, &s.Log)
	}
}

// TestASecondSignalCutsTheDownloadOff has a client that reads fast at first, so that much is sent
// at once, and then nothing.
func TestASecondSignalCutsTheDownloadOff(t *testing.T) {
	s, rest, size := download(t)
	if _, err := io.CopyN(io.Discard, rest, 1<<20); err != nil {
		t.Fatal(err)
	}
	tell(t, s, os.Interrupt)
	asked := time.Now()
	if err := s.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	code, err := s.Wait()
	if code != command.ExitInterrupted || err != nil {
		t.Errorf("exit code %d, %v", code, err)
	}
	if !strings.Contains(s.Log.String(), "imgserver: some downloads were cut off") {
		t.Errorf("the log says\n%s", &s.Log)
	}
	if took := time.Since(asked); took > 30*time.Second {
		t.Errorf("the server ended after %v, as if it had waited until it may send", took)
	}
	if n, err := io.Copy(io.Discard, rest); err == nil || n == size-1<<20 {
		t.Errorf("got %d of %d bytes, %v", n, size, err)
	}
}
