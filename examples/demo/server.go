package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// server is a running imgserver.
type server struct {
	process     *exec.Cmd
	certificate string        // file
	ended       chan struct{} // closed when the process has ended
	err         error         // how, once ended is closed
}

// startServer starts imgserver and waits until it answers.
func startServer(ctx context.Context, program, images, cache string) (*server, error) {
	cmd := exec.Command(program, "--lxdimages", images, "--cache", cache, "--address", serverAddress, "--on-demand", registryAddress+"/demo/*")
	// Its own process group: Ctrl-C reaches the demo, which then ends it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	said, output := io.Pipe()
	cmd.Stdout, cmd.Stderr = output, output
	log, err := os.Create(images + ".log")
	if err != nil {
		return nil, fmt.Errorf("keeping what imgserver says: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting imgserver: %w", err)
	}
	s := &server{process: cmd, certificate: images + "-tls/imgserver.crt", ended: make(chan struct{})}
	go func() {
		s.err = cmd.Wait()
		_ = output.Close()
		_ = log.Close()
		close(s.ended)
	}()
	ready := make(chan struct{})
	go relay(said, log, ready)
	select {
	case <-ready:
		return s, nil
	case <-s.ended:
		return nil, fmt.Errorf("imgserver ended at once: %w; see %s", s.err, log.Name())
	case <-time.After(20 * time.Second):
		return nil, errors.Join(errors.New("imgserver did not get ready in 20 s"), s.stop())
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), s.stop())
	}
}

// relay keeps what imgserver says, and closes ready at the line that says so.
func relay(said io.Reader, log io.Writer, ready chan<- struct{}) {
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		fmt.Fprintln(log, lines.Text())
		if ready != nil && strings.Contains(lines.Text(), "ready") {
			close(ready)
			ready = nil
		}
	}
}

// stop ends the server the way systemd would, and waits for it.
func (s *server) stop() error {
	_ = s.process.Process.Signal(syscall.SIGTERM)
	<-s.ended
	return s.err
}

func printClientLines() {
	fmt.Printf(`
To look at the images, open https://%[1]s in a browser, which warns of the certificate.

With LXD on this machine, in another terminal (it asks whether
the certificate is right):

  lxc remote add hub https://%[1]s --public
  lxc launch hub:notes notes

With Incus:

  incus remote add hub https://%[1]s --public
  incus launch hub:notes notes

Of hub:%[2]s another container can be made.
Then open http://ADDRESS:8080 with the address that "lxc list" or "incus list" shows.
Ctrl-C ends the demo.
`, serverAddress, guestbook)
}
