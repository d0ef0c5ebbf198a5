package testbed

import (
	"errors"
	"io"
	"net"
	"net/http"

	"lxdocker/internal/server/servertest"
)

// Server is a running imgserver, with the certificate it made for itself.
type Server struct {
	*servertest.Process
	Address string // host:port
}

// UnusedAddress is a free port on loopback. Somebody else could take it before
// it is used; nobody does on a machine that runs these tests.
func UnusedAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// Serve starts imgserver and waits until it answers.
func Serve(program, address string, args ...string) (*Server, error) {
	p, err := servertest.Start(program, "", append([]string{"--address", address}, args...)...)
	if err != nil {
		return nil, err
	}
	return &Server{Process: p, Address: address}, nil
}

// Open fetches a file of the server.
func (s *Server) Open(path string) (io.ReadCloser, error) {
	response, err := s.Client.Get(s.URL + "/" + path)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, errors.Join(errors.New("GET "+path+": "+response.Status), response.Body.Close())
	}
	return response.Body, nil
}
