package servertest

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// patience is how long a server may take to get ready, and to end, on a machine that has much
// else to do.
const patience = 3 * time.Minute

// Process is a running imgserver.
type Process struct {
	URL         string
	Ready       string       // what it printed until it was ready
	Log         Buffer       // its standard error
	Certificate []byte       // that it shows, DER
	Client      *http.Client // trusts it

	cmd   *exec.Cmd
	ended chan struct{} // closed when err is set
	err   error
}

// Start starts imgserver in a folder, or in the current one, and waits until it
// says that it is ready.
func Start(program, dir string, args ...string) (*Process, error) {
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	return StartCommand(cmd)
}

// StartCommand is Start for a command that becomes imgserver.
func StartCommand(cmd *exec.Cmd) (*Process, error) {
	p := &Process{cmd: cmd, ended: make(chan struct{})}
	p.cmd.Stderr = &p.Log
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	ready := make(chan struct{})
	go func() {
		p.read(bufio.NewScanner(stdout), ready)
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	if err := p.connect(ready); err != nil {
		p.Kill()
		return nil, fmt.Errorf("starting imgserver: %w\n%s", err, p.Output())
	}
	return p, nil
}

// read closes ready after the line that says so, and reads on, so that the
// server never has to wait for a reader.
func (p *Process) read(stdout *bufio.Scanner, ready chan struct{}) {
	for stdout.Scan() {
		if p.URL != "" {
			continue
		}
		p.Ready += stdout.Text() + "\n"
		if rest, ok := strings.CutPrefix(stdout.Text(), "ready on "); ok {
			p.URL, _, _ = strings.Cut(rest, ",")
			close(ready)
		}
	}
}

// connect waits for the server and has its certificate trusted.
func (p *Process) connect(ready chan struct{}) error {
	select {
	case <-ready:
	case <-p.ended:
		return fmt.Errorf("it ended: %w", p.err)
	case <-time.After(patience):
		return fmt.Errorf("it is not ready in %v", patience)
	}
	c, err := tls.Dial("tcp", strings.TrimPrefix(p.URL, "https://"), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		return err
	}
	certificate := c.ConnectionState().PeerCertificates[0]
	p.Certificate, p.Client = certificate.Raw, trusting(certificate)
	return c.Close()
}

// Output is what it has printed and logged.
func (p *Process) Output() string { return p.Ready + p.Log.String() }

// PID is its process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Signal sends a signal to it.
func (p *Process) Signal(signal os.Signal) error { return p.cmd.Process.Signal(signal) }

// Wait waits until it has ended and returns its exit code.
func (p *Process) Wait() (int, error) {
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode(), nil
	case <-time.After(patience):
		return 0, fmt.Errorf("imgserver does not end in %v\n%s", patience, p.Output())
	}
}

// Stop asks it to end, which it has to do by itself and without an error. One
// that was killed before has been stopped.
func (p *Process) Stop() error {
	select {
	case <-p.ended:
		return nil
	default:
	}
	if err := p.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	code, err := p.Wait()
	if err != nil {
		p.Kill()
		return err
	}
	if code != 0 {
		return fmt.Errorf("imgserver, asked to end: %w\n%s", p.err, p.Output())
	}
	return nil
}

// Kill ends it as a crash does.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}
