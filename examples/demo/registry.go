package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// startRegistry starts a registry in this process and pushes the application, under two names.
func startRegistry(app string) (io.Closer, error) {
	listener, err := net.Listen("tcp", registryAddress)
	if err != nil {
		return nil, fmt.Errorf("starting the demo's registry: %w", err)
	}
	server := &http.Server{
		Handler:           registry.New(registry.Logger(log.New(io.Discard, "", 0))),
		ReadHeaderTimeout: 5 * time.Second,
	}
	go func() { _ = server.Serve(listener) }()
	if err := push(app); err != nil {
		server.Close()
		return nil, err
	}
	return server, nil
}

func push(app string) error {
	image, err := notesImage(app)
	if err != nil {
		return err
	}
	for _, of := range []string{registryAddress + "/demo/notes", guestbook} {
		tag, err := name.NewTag(of)
		if err != nil {
			return err
		}
		if err := remote.Write(tag, image); err != nil {
			return fmt.Errorf("pushing an image of the demo: %w", err)
		}
	}
	return nil
}

// guestbook is the same application once more, which no spec names.
const guestbook = registryAddress + "/demo/guestbook"
