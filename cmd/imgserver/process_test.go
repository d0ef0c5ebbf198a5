package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// testServer is a running imgserver.
type testServer struct {
	cmd   *exec.Cmd
	out   string // what it printed until it was ready
	url   string
	log   *lines
	ended chan error
}

// lines can be read while they are written.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// startServer starts imgserver in a folder and waits for its ready line.
func startServer(program, dir string, args ...string) (*testServer, error) {
	s := &testServer{cmd: exec.Command(program, args...), log: &lines{}, ended: make(chan error, 1)}
	s.cmd.Dir, s.cmd.Stderr = dir, s.log
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	for said := bufio.NewScanner(stdout); said.Scan(); {
		s.out += said.Text() + "\n"
		if rest, ready := strings.CutPrefix(said.Text(), "ready on "); ready {
			s.url, _, _ = strings.Cut(rest, ",")
			break
		}
	}
	go func() { s.ended <- s.cmd.Wait() }()
	if s.url == "" {
		return nil, fmt.Errorf("imgserver did not get ready: %w\n%s%s", <-s.ended, s.out, s.log)
	}
	return s, nil
}

// started starts imgserver for a folder, on any port.
func started(t *testing.T, images string) *testServer {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// TestMain knows by the name which program to be.
	link := filepath.Join(t.TempDir(), "imgserver")
	if err := os.Symlink(program, link); err != nil {
		t.Fatal(err)
	}
	s, err := startServer(link, t.TempDir(), "--lxdimages", images, "--address", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	return s
}

// end sends a signal and returns the exit code.
func (s *testServer) end(signal os.Signal) (int, error) {
	if err := s.cmd.Process.Signal(signal); err != nil {
		return 0, err
	}
	return s.wait()
}

func (s *testServer) wait() (int, error) {
	select {
	case <-s.ended:
		return s.cmd.ProcessState.ExitCode(), nil
	case <-time.After(20 * time.Second):
		return 0, errors.New("imgserver does not end")
	}
}

func (s *testServer) kill() { _ = s.cmd.Process.Kill() }

// client trusts one certificate only.
func client(cert string) (*http.Client, error) {
	pem, err := os.ReadFile(cert)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true}}, nil
}

func get(cert, url string) ([]byte, error) {
	c, err := client(cert)
	if err != nil {
		return nil, err
	}
	r, err := c.Get(url)
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %s", url, r.Status, body)
	}
	return body, err
}
