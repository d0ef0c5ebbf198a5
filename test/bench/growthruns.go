package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"
)

// publish builds one image several times, each time with another change of its spec. The
// image is on offer at the latest when offered returns, if a server offers it; the program
// ends when it has written the index for static web servers, which lists everything.
func (g growing) publish(ctx context.Context, s site, times int, f figures, offered func() error) error {
	name := image(0)
	file := s.path("specs/" + name + ".yaml")
	before, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	defer func() { _ = os.WriteFile(file, before, 0o644) }()
	var offer, all []time.Duration
	for n := range times {
		text := fmt.Sprintf("%sdescription: %d of %d\n", before, n, time.Now().UnixNano())
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return err
		}
		began := time.Now()
		ended := make(chan error, 1)
		go func() {
			_, err := g.lxdocker(ctx, s, name)
			ended <- err
		}()
		if err := offered(); err != nil {
			return errors.Join(err, <-ended)
		}
		offer = append(offer, time.Since(began))
		if err := <-ended; err != nil {
			return err
		}
		all = append(all, time.Since(began))
	}
	slices.Sort(all)
	slices.Sort(offer)
	f["publish one image, until it is offered"] = offer[len(offer)/2]
	f["publish one image, and the index"] = all[len(all)/2]
	return nil
}

// unchanged is a run that finds nothing new, beside the questions to the
// registry that it cannot do without.
func (g growing) unchanged(ctx context.Context, s site, f figures) error {
	began := time.Now()
	said, err := g.lxdocker(ctx, s)
	if err != nil {
		return err
	}
	f["run, nothing new"] = time.Since(began)
	if !strings.Contains(said, "\n0 built, ") {
		return errors.New("there was something new: the programs are of another version than this one")
	}
	began = time.Now()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for n := range s.images {
		group.Go(func() error {
			r, err := http.NewRequestWithContext(ctx, http.MethodHead, "http://"+g.registry.address+"/v2/library/"+image(n)+"/manifests/latest", nil)
			if err != nil {
				return err
			}
			response, err := g.head.Do(r)
			if err != nil {
				return err
			}
			return response.Body.Close()
		})
	}
	err = group.Wait()
	f["its HEADs alone"] = time.Since(began)
	return err
}

// commands measures what a person waits for.
func (g growing) commands(ctx context.Context, s site, f figures) error {
	for what, args := range map[string][]string{
		"lxdocker list":             {"list"},
		"lxdocker status":           {"status"},
		"lxdocker prune --dry-run":  {"prune", "--dry-run", "--keep", "3"},
		"lxdocker pin, unpin":       {"pin", image(1)},
		"lxdocker rollback":         {"rollback", image(2), "previous"},
		"lxdocker verify one image": {"verify", image(3)},
	} {
		began := time.Now()
		out, err := exec.CommandContext(ctx, filepath.Join(g.programs, "lxdocker"), append(args, "--lxdimages", s.path("images"))...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("running lxdocker %s: %w\n%.2000s", strings.Join(args, " "), err, out)
		}
		f[what] = time.Since(began)
	}
	return nil
}

// writes counts how often a run of so many builds writes the static index.
func (g growing) writes(ctx context.Context, builds int) (count int, took time.Duration, err error) {
	s := site{dir: filepath.Join(g.dir, "writes")}
	defer os.RemoveAll(s.dir)
	for _, name := range []string{"specs", "images/streams/v1"} {
		if err := os.MkdirAll(s.path(name), 0o755); err != nil {
			return 0, 0, err
		}
	}
	for n := range builds {
		if err := os.WriteFile(s.path("specs/"+image(n)+".yaml"), []byte("image: library/"+image(n)+"\n"), 0o644); err != nil {
			return 0, 0, err
		}
	}
	watch, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = unix.Close(watch) }()
	if _, err := unix.InotifyAddWatch(watch, s.path("images/streams/v1"), unix.IN_MOVED_TO); err != nil {
		return 0, 0, err
	}
	began := time.Now()
	if _, err := g.lxdocker(ctx, s); err != nil {
		return 0, 0, err
	}
	took = time.Since(began)
	buffer := make([]byte, 1<<20) // 16,384 events are what the kernel keeps
	for {
		n, err := unix.Read(watch, buffer)
		if errors.Is(err, unix.EAGAIN) || n == 0 {
			return count, took, nil
		}
		if err != nil {
			return 0, 0, err
		}
		count += strings.Count(string(buffer[:n]), "images.json")
	}
}

// targetOf is the fingerprint in the answer about a name.
func targetOf(answer []byte) string {
	var a struct{ Metadata struct{ Target string } }
	_ = json.Unmarshal(answer, &a)
	return a.Metadata.Target
}

// file is the path of a file of one of the site's images.
func (s site) file() string {
	all, _ := filepath.Glob(s.path("images/images/" + image(s.images/2) + "/*/*/rootfs.squashfs"))
	if len(all) == 0 {
		return ""
	}
	path, _ := filepath.Rel(s.path("images"), all[len(all)-1])
	return path
}
