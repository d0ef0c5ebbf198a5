// Command demo shows lxdocker from end to end on one machine: a registry of its
// own holds a small web application, lxdocker converts it, imgserver serves it.
//
//	demo BIN DATA
//
// BIN is the folder of the built programs, DATA a folder to work in. With
// DEMO_ONCE=1 it checks what a client would get, and ends.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
)

const (
	registryAddress = "127.0.0.1:5055" // stands in specs/notes.yaml, too
	serverAddress   = "127.0.0.1:8443"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: demo BIN DATA")
		os.Exit(2)
	}
	if err := run(ctx, os.Args[1], os.Args[2], os.Getenv("DEMO_ONCE") == "1"); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, bin, data string, once bool) error {
	registry, err := startRegistry(filepath.Join(bin, "webapp"))
	if err != nil {
		return err
	}
	defer registry.Close()
	fmt.Printf("== a registry on %s holds demo/notes and demo/guestbook, a web application built from this repository\n", registryAddress)

	data, err = filepath.Abs(data) // the lines for clients are for another terminal
	if err != nil {
		return err
	}
	images := filepath.Join(data, "images")
	fmt.Println("== lxdocker converts it, as examples/demo/specs/notes.yaml says")
	convert := exec.CommandContext(ctx, filepath.Join(bin, "lxdocker"),
		"--specs", "examples/demo/specs", "--cache", filepath.Join(data, "cache"), "--lxdimages", images)
	convert.Stdout, convert.Stderr = os.Stdout, os.Stderr
	if err := convert.Run(); err != nil {
		return fmt.Errorf("converting: %w", err)
	}

	fmt.Printf("== imgserver serves it on https://%s, and logs to %s.log\n", serverAddress, images)
	server, err := startServer(ctx, filepath.Join(bin, "imgserver"), images, filepath.Join(data, "cache"))
	if err != nil {
		return err
	}
	fmt.Printf("== a client asks for %s, which no spec names: it is converted now\n", guestbook)
	err = convertOnDemand(ctx, server.certificate, guestbook)
	switch {
	case err != nil:
	case once:
		err = fetchAndVerify(ctx, server.certificate)
	default:
		printClientLines()
		select {
		case <-ctx.Done():
			fmt.Println("\n== ending")
		case <-server.ended:
			return errors.New("imgserver ended by itself")
		}
	}
	return errors.Join(err, server.stop())
}
