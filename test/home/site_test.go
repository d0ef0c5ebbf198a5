//go:build e2e

package home

import (
	"context"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lxdocker/test/testbed"
)

// site is somebody at a terminal of the host, who does what docs/home.md says.
type site struct {
	testbed.Daemon
	t        *testing.T
	dir      string // where they are
	registry string // as containers of the bridge reach it, host:port
	words    []string
}

func newSite(t *testing.T, d testbed.Daemon) *site {
	t.Helper()
	s := &site{Daemon: d.WithConfig(t.TempDir()), t: t, dir: t.TempDir()}
	repository, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	s.registry = s.relay()
	s.words = []string{
		"images:debian/12/cloud", suites[0],
		"examples/", filepath.Join(repository, "examples") + "/",
		"lxdocker_VERSION_ARCH.deb", deb,
		"make image", filepath.Join(repository, "packaging/oci/build") + " $PWD/bin",
		"bin/lxdocker ", filepath.Join(programs, "lxdocker") + " ",
		".lxd ", "." + s.domain() + " ",
		"--public", "--public --accept-certificate",
	}
	return s
}

// domain is that of the daemon's bridge.
func (s *site) domain() string { return strings.ToLower(s.Name) }

// relay is the registry on the bridge, which the containers reach.
func (s *site) relay() string {
	network, err := s.Run(s.t.Context(), "profile", "device", "get", "default", "eth0", "network")
	if err != nil {
		s.t.Fatal(err)
	}
	bridge, err := s.Run(s.t.Context(), "network", "get", strings.TrimSpace(network), "ipv4.address")
	if err != nil {
		s.t.Fatal(err)
	}
	address, _, _ := strings.Cut(bridge, "/")
	listener, err := net.Listen("tcp", net.JoinHostPort(address, "0"))
	if err != nil {
		s.t.Fatal(err)
	}
	server := &http.Server{Handler: httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: bed.Registry})}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	s.t.Cleanup(func() { server.Close(); <-ended })
	return listener.Addr().String()
}

// types types lines, as they are.
func (s *site) types(lines string) string {
	s.t.Helper()
	out, err := s.Type(s.t.Context(), "cd "+s.dir+"\n"+lines)
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

// does types the lines of a block of the page, see says.
func (s *site) does(section, first string, different ...string) string {
	s.t.Helper()
	return s.types(s.says(section, first, different...))
}

// says returns the lines of a block of the page, by what its first line has, with what is different
// here: pairs of words, before those of all blocks.
func (s *site) says(section, first string, different ...string) string {
	s.t.Helper()
	for _, block := range blocks(s.t, section) {
		if line, _, _ := strings.Cut(block, "\n"); strings.Contains(line, first) {
			block = strings.NewReplacer(different...).Replace(block)
			return strings.NewReplacer(s.words...).Replace(block)
		}
	}
	s.t.Fatalf("docs/home.md has no block with %q in its first line, below %q", first, section)
	return ""
}

// blocks are the lines to be typed below a heading of docs/home.md.
func blocks(t *testing.T, section string) []string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(root, "docs/home.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(string(page), "\n## "+section+"\n")
	if !found {
		t.Fatalf("docs/home.md has no section %q", section)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	var blocks []string
	code := false
	for line := range strings.Lines(text) {
		rest, indented := strings.CutPrefix(line, "    ")
		switch {
		case indented && !code:
			blocks = append(blocks, rest)
		case indented:
			blocks[len(blocks)-1] += rest
		}
		code = indented
	}
	return blocks
}

// soon does something until it works: what starts needs a moment.
func (s *site) soon(what string, try func(ctx context.Context) error) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 5*time.Minute)
	defer cancel()
	for {
		err := try(ctx)
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			s.t.Fatalf("still not: %s: %v", what, err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// offers waits until the client that has added the server gets an image of it, and
// returns the fingerprint.
func (s *site) offers(image string) (fingerprint string) {
	s.t.Helper()
	s.soon("it offers "+image, func(ctx context.Context) error {
		out, err := s.Run(ctx, "image", "info", image)
		_, rest, _ := strings.Cut(out, "Fingerprint: ")
		fingerprint, _, _ = strings.Cut(rest, "\n")
		return err
	})
	return fingerprint
}

// answers waits until the application of goserver answers in an instance.
func (s *site) answers(name string) {
	s.t.Helper()
	i := testbed.Instance{Daemon: s.Daemon, Name: name}
	if _, err := i.Await(s.t.Context(), func(ctx context.Context, address string) error {
		_, err := testbed.Goserver(address + ":8080").Status(ctx)
		return err
	}); err != nil {
		s.t.Fatal(err)
	}
}

// leaves removes what a test has made when that has ended. If the test has failed, the first
// instance says before what this program in it prints.
func (s *site) leaves(instances, volumes, images []string, argv ...string) {
	s.t.Cleanup(func() {
		// The test's own context has ended by now.
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		if s.t.Failed() {
			i := testbed.Instance{Daemon: s.Daemon, Name: instances[0]}
			out, err := i.Exec(ctx, argv...)
			s.t.Logf("%s says:\n%s\n(%v)", i.Name, out, err)
		}
		commands := [][]string{append([]string{"delete", "--force"}, instances...), append([]string{"image", "delete"}, images...)}
		for _, volume := range volumes {
			commands = append(commands, []string{"storage", "volume", "delete", "default", volume})
		}
		for _, command := range commands {
			if _, err := s.Run(ctx, command...); err != nil {
				s.t.Log(err)
			}
		}
	})
}
