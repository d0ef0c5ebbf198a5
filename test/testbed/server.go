package testbed

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// Server is a running imgserver, with the certificate it made for itself.
type Server struct {
	Address     string // host:port
	URL         string
	Certificate []byte       // DER
	Client      *http.Client // trusts it

	cmd   *exec.Cmd
	said  output
	ended chan error
}

// output can be read while it is written.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

// UnusedAddress is a free port on loopback. Somebody else could take it before
// it is used; nobody does on a machine that runs these tests.
func UnusedAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// Serve starts imgserver and waits until it answers.
func Serve(program, address string, args ...string) (*Server, error) {
	s := &Server{Address: address, URL: "https://" + address, ended: make(chan error, 1)}
	s.cmd = exec.Command(program, append([]string{"--address", address}, args...)...)
	s.cmd.Stdout, s.cmd.Stderr = &s.said, &s.said
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { s.ended <- s.cmd.Wait() }()
	certificate, err := s.greet()
	if err != nil {
		s.Kill()
		return nil, fmt.Errorf("starting imgserver: %w\n%s", err, s.Said())
	}
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	s.Certificate = certificate.Raw
	s.Client = &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13}, DisableKeepAlives: true,
	}}
	return s, nil
}

// greet waits for the server and returns the certificate it shows.
func (s *Server) greet() (*x509.Certificate, error) {
	for deadline := time.Now().Add(20 * time.Second); ; {
		c, err := tls.Dial("tcp", s.Address, &tls.Config{InsecureSkipVerify: true})
		if err == nil {
			defer c.Close()
			return c.ConnectionState().PeerCertificates[0], nil
		}
		select {
		case err := <-s.ended:
			s.ended <- err
			return nil, fmt.Errorf("it ended: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return nil, err
		}
	}
}

// Said is what the server has printed and logged.
func (s *Server) Said() string {
	s.said.mu.Lock()
	defer s.said.mu.Unlock()
	return s.said.b.String()
}

// Open fetches a file of the server.
func (s *Server) Open(path string) (io.ReadCloser, error) {
	response, err := s.Client.Get(s.URL + "/" + path)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		return nil, errors.New("GET " + path + ": " + response.Status)
	}
	return response.Body, nil
}

// End asks the server to end, which it has to do by itself.
func (s *Server) End() error {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-s.ended:
		s.ended <- nil
		if err != nil {
			return fmt.Errorf("imgserver, asked to end: %w\n%s", err, s.Said())
		}
		return nil
	case <-time.After(20 * time.Second):
		s.Kill()
		return fmt.Errorf("imgserver did not end in 20 s when it was asked to\n%s", s.Said())
	}
}

// Kill ends it as a crash does.
func (s *Server) Kill() {
	_ = s.cmd.Process.Kill()
	_ = <-s.ended
	s.ended <- nil
}

// PID is its process id.
func (s *Server) PID() int { return s.cmd.Process.Pid }
