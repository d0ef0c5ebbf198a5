package testbed

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Daemon is LXD or Incus.
type Daemon struct {
	Name string
	Dir  string // its state, such as LXD_DIR

	client, config, env string
	home                string // the client's configuration
	root                string // file with the id of a process in the daemon's own root, if it has one
	mounts              string // the same of one with other mounts, if the daemon has its own
}

// WithConfig returns the same daemon, spoken to by a client that keeps its
// remotes in home.
func (d Daemon) WithConfig(home string) Daemon {
	d.home = home
	return d
}

// Run runs the daemon's command line client, and returns what it prints on
// standard output.
func (d Daemon) Run(ctx context.Context, args ...string) (string, error) {
	return d.RunWith(ctx, "", args...)
}

// RunWith is Run with something on standard input.
func (d Daemon) RunWith(ctx context.Context, input string, args ...string) (string, error) {
	cmd, err := d.command(ctx, d.client, args...)
	if err != nil {
		return "", err
	}
	cmd.WaitDelay = 5 * time.Second // what it may have started does not keep us
	cmd.Env = d.environ()
	cmd.Stdin = strings.NewReader(input)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("%s %s: %w: %s", d.client, strings.Join(args, " "), errors.Join(err, ctx.Err()), strings.TrimSpace(stderr.String()))
	}
	return stdout.String(), nil
}

// Type runs lines of a shell that call lxc, as one does at a terminal where the
// command line is that of the daemon, and returns all that they print. The first
// line that fails ends it.
func (d Daemon) Type(ctx context.Context, lines string) (string, error) {
	cmd, err := d.command(ctx, "bash", "-euo", "pipefail", "-c", "lxc() { command "+d.client+` "$@"; }`+"\n"+lines)
	if err != nil {
		return "", err
	}
	cmd.WaitDelay = 5 * time.Second
	cmd.Env = d.environ()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("%s: %w: %s", lines, errors.Join(err, ctx.Err()), bytes.TrimSpace(out))
	}
	return string(out), nil
}

// command is a program that sees what the daemon sees. Its working folder is kept.
func (d Daemon) command(ctx context.Context, program string, args ...string) (*exec.Cmd, error) {
	if d.mounts == "" {
		return exec.CommandContext(ctx, program, args...), nil
	}
	pid, err := os.ReadFile(d.mounts)
	if err != nil {
		return nil, fmt.Errorf("finding the mounts of %s: %w", d.Name, err)
	}
	here, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	enter := []string{"--target", strings.TrimSpace(string(pid)), "--mount", "--wdns=" + here, program}
	return exec.CommandContext(ctx, "nsenter", append(enter, args...)...), nil
}

// environ is the environment of its command line.
func (d Daemon) environ() []string {
	env := append(os.Environ(), d.env+"="+d.Dir)
	if d.home != "" {
		// Clients of Incus keep catalogs for some minutes, beside those of others.
		env = append(env, d.config+"="+d.home, "HOME="+d.home)
	}
	return env
}

// AddRemote makes an image server known. Its certificate goes where a user puts
// the one of a server that no authority has signed for: beside the client's
// configuration. The daemon gets it from there.
func (d Daemon) AddRemote(ctx context.Context, name, url string, certificate []byte) error {
	if _, err := d.Run(ctx, "remote", "add", name, url, "--protocol", "simplestreams"); err != nil {
		return err
	}
	dir := filepath.Join(d.home, "servercerts")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("trusting %s: %w", name, err)
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})
	if err := os.WriteFile(filepath.Join(dir, name+".crt"), block, 0o644); err != nil {
		return fmt.Errorf("trusting %s: %w", name, err)
	}
	return nil
}

// AddPublic makes an image server known by LXD's own protocol, and trusts the
// certificate that it shows.
func (d Daemon) AddPublic(ctx context.Context, name, url string) error {
	_, err := d.Run(ctx, "remote", "add", name, url, "--public", "--accept-certificate")
	return err
}

// Own runs the client that came with the daemon, where that is another one than
// the host's: within the daemon's own root.
func (d Daemon) Own(ctx context.Context, args ...string) (string, error) {
	if d.root == "" {
		return d.Run(ctx, args...)
	}
	pid, err := os.ReadFile(d.root)
	if err != nil {
		return "", fmt.Errorf("finding the root of %s: %w", d.Name, err)
	}
	enter := []string{"--target", strings.TrimSpace(string(pid)), "--mount", "--root", "--wd", d.client}
	cmd := exec.CommandContext(ctx, "nsenter", append(enter, args...)...)
	cmd.WaitDelay = 5 * time.Second
	cmd.Env = append(os.Environ(), d.env+"="+d.Dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return string(out), fmt.Errorf("%s's own %s %s: %w: %s", d.Name, d.client, strings.Join(args, " "), errors.Join(err, ctx.Err()), strings.TrimSpace(stderr.String()))
	}
	return string(out), nil
}

// Image is what a daemon says of an image it has.
type Image struct {
	Fingerprint  string            `json:"fingerprint"`
	Architecture string            `json:"architecture"`
	Properties   map[string]string `json:"properties"`
	Source       struct {
		Alias  string `json:"alias"`
		Server string `json:"server"`
	} `json:"update_source"`
}

// Images lists the images that the daemon has.
func (d Daemon) Images(ctx context.Context) ([]Image, error) {
	var images []Image
	return images, d.list(ctx, &images, "image", "list", "--format", "json")
}

func (d Daemon) list(ctx context.Context, into any, args ...string) error {
	out, err := d.Run(ctx, args...)
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(out), into); err != nil {
		return fmt.Errorf("reading what %s %s says: %w", d.client, strings.Join(args, " "), err)
	}
	return nil
}

// ForgetCatalogs makes the daemon ask image servers again: it keeps what they
// list for an hour, counted from when the file was written.
func (d Daemon) ForgetCatalogs() error {
	files, err := filepath.Glob(filepath.Join(d.Dir, "cache", "*", "*.json"))
	if err != nil {
		return err
	}
	old := time.Now().Add(-2 * time.Hour)
	for _, file := range files {
		if err := os.Chtimes(file, old, old); err != nil {
			return fmt.Errorf("aging the catalog %s: %w", file, err)
		}
	}
	return nil
}
