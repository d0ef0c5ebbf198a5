package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"lxdocker/internal/config"
	"lxdocker/internal/store/dir"
)

// options are the flags, and what they describe.
type options struct {
	config.ServeFlags
	served string // the file of the certificate, for those who ask later
	level  slog.LevelVar
	again  *reloader
	inside bool // layers are unpacked in this process: a test's clock stands while another one runs
}

// folder is the images' folder as an absolute path, if it can be served.
func (o *options) folder() (string, error) {
	folder, err := filepath.Abs(o.Images)
	if err != nil {
		return "", fmt.Errorf("finding the folder %s: %w", o.Images, err)
	}
	if _, err := dir.Open(folder); err != nil { // before anything is made there
		return "", err
	}
	if o.Wanted() { // the first image is yet to be made
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return "", fmt.Errorf("making the folder of images: %w", err)
		}
	}
	_, err = os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("there is no folder %s: run lxdocker --lxdimages %s first, or check the spelling", o.Images, o.Images)
	}
	if err != nil {
		return "", fmt.Errorf("reading the folder of images: %w", err)
	}
	return folder, nil
}

func (o *options) levelOf() slog.Level {
	if o.Debug {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

func (o *options) logger(w io.Writer) *slog.Logger {
	o.level.Set(o.levelOf())
	h := &slog.HandlerOptions{Level: &o.level}
	if o.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, h))
	}
	return slog.New(slog.NewTextHandler(w, h))
}
