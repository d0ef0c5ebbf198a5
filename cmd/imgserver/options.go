package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"lxdocker/internal/command"
	"lxdocker/internal/server/monitor"
	"lxdocker/internal/store/dir"
)

// options are the flags.
type options struct {
	converting
	images, address, key, cert, logFormat, admin string
	debug                                        bool
	verifyEvery                                  time.Duration
}

// check finds what is wrong with the flags themselves.
func (o *options) check() error {
	switch {
	case o.images == "":
		return command.Usagef("which folder? Say --lxdimages DIR, the same as to lxdocker")
	case o.key != "" && o.cert == "":
		return command.Usagef("--key needs --cert as well (or leave both out)")
	case o.cert != "" && o.key == "":
		return command.Usagef("--cert needs --key as well (or leave both out)")
	case o.verifyEvery < 0:
		return command.Usagef("--verify-every is not below 0; 0 is never")
	case o.logFormat != "text" && o.logFormat != "json":
		return command.Usagef("--log-format is text or json, not %q", o.logFormat)
	}
	if _, _, err := net.SplitHostPort(o.address); err != nil {
		return command.Usagef("--address %q is not HOST:PORT or :PORT", o.address)
	}
	if o.admin != "" {
		if err := monitor.Check(o.admin); err != nil {
			return command.Usagef("--admin-address %w", err)
		}
	}
	return o.converting.check()
}

// folder is the images' folder as an absolute path, if it can be served.
func (o *options) folder() (string, error) {
	folder, err := filepath.Abs(o.images)
	if err != nil {
		return "", fmt.Errorf("finding the folder %s: %w", o.images, err)
	}
	if _, err := dir.Open(folder); err != nil { // before anything is made there
		return "", err
	}
	if o.wanted() { // the first image is yet to be made
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return "", fmt.Errorf("making the folder of images: %w", err)
		}
	}
	_, err = os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("there is no folder %s: run lxdocker --lxdimages %s first, or check the spelling", o.images, o.images)
	}
	if err != nil {
		return "", fmt.Errorf("reading the folder of images: %w", err)
	}
	return folder, nil
}

func (o *options) logger(w io.Writer) *slog.Logger {
	level := slog.LevelInfo
	if o.debug {
		level = slog.LevelDebug
	}
	h := &slog.HandlerOptions{Level: level}
	if o.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, h))
	}
	return slog.New(slog.NewTextHandler(w, h))
}
