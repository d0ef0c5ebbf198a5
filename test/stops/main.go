package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"lxdocker/test/testbed"
)

func main() {
	var s stops
	flag.IntVar(&s.n, "n", 500, "how many stops on each daemon")
	flag.IntVar(&s.busy, "busy", 2, "how many loops keep the machine busy beside them")
	names := flag.String("daemons", "lxd,incus", "which `daemons`, at the same time: lxd, incus, incus7")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := s.run(ctx, strings.Split(*names, ",")); err != nil {
		fmt.Fprintln(os.Stderr, "stops:", err)
		os.Exit(1)
	}
}

// stops is what all work on.
type stops struct {
	n, busy int
	bed     *testbed.Testbed
	dir     string
}

func (s *stops) run(ctx context.Context, names []string) (err error) {
	commands := []string{"packages", "registry", "images"}
	for _, a := range apps {
		commands[2] += " " + a.image
	}
	if s.bed, err = testbed.Up(ctx, ".", os.Stderr, append(commands, names...)...); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.bed.Close()) }()
	daemons, err := s.bed.Daemons(names)
	if err != nil {
		return err
	}
	if s.dir, err = os.MkdirTemp("", "lxdocker-stops-"); err != nil {
		return err
	}
	defer os.RemoveAll(s.dir)
	if err := s.convert(ctx); err != nil {
		return err
	}
	loops, end := context.WithCancel(ctx)
	defer end()
	for range s.busy {
		loop := exec.CommandContext(loops, "sh", "-c", "while :; do :; done")
		if err := loop.Start(); err != nil {
			return fmt.Errorf("keeping the machine busy: %w", err)
		}
		defer func() { end(); _ = loop.Wait() }() // it was killed
	}
	var group sync.WaitGroup
	errs := make([]error, len(daemons))
	for i, d := range daemons {
		group.Go(func() { errs[i] = s.daemon(ctx, d) })
	}
	group.Wait()
	return errors.Join(errs...)
}

// convert makes the images.
func (s *stops) convert(ctx context.Context) error {
	specs := filepath.Join(s.dir, "specs")
	if err := os.Mkdir(specs, 0o755); err != nil {
		return err
	}
	for _, a := range apps {
		text := "image: " + s.bed.Registry + "/library/" + a.image + "\n" + a.spec
		if err := os.WriteFile(filepath.Join(specs, a.name+".yaml"), []byte(text), 0o644); err != nil {
			return err
		}
	}
	cmd := exec.CommandContext(ctx, "go", "run", "./cmd/lxdocker", "--specs", specs, "--lxdimages", filepath.Join(s.dir, "images"),
		"--cache", filepath.Join(s.dir, "cache"))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("converting: %w\n%s", err, out)
	}
	return nil
}

// daemon has one container of each application, and stops all of them beside
// each other until there were enough stops.
func (s *stops) daemon(ctx context.Context, d testbed.Daemon) error {
	count := counts{daemon: d.Name}
	var left atomic.Int64
	left.Store(int64(s.n))
	var group sync.WaitGroup
	errs := make([]error, len(apps))
	for i, a := range apps {
		group.Go(func() {
			r := round{app: a, d: d, name: "stops-" + a.name, count: &count}
			if errs[i] = s.offer(ctx, d, a); errs[i] == nil {
				errs[i] = r.launch(ctx)
			}
			for n := left.Add(-1); n >= 0 && errs[i] == nil && ctx.Err() == nil; n = left.Add(-1) {
				if errs[i] = r.one(ctx); n > 0 && n%50 == 0 {
					fmt.Println(&count)
				}
			}
			if errs[i] != nil {
				left.Store(0) // the others need not go on when one cannot
			}
		})
	}
	group.Wait()
	fmt.Println(&count)
	return errors.Join(append(errs, count.wrong())...)
}

// offer imports an application's image.
func (s *stops) offer(ctx context.Context, d testbed.Daemon, a app) error {
	files, err := filepath.Glob(filepath.Join(s.dir, "images/images", a.name, "*/*/*"))
	if err != nil {
		return err
	}
	var metadata, rootfs string
	for _, file := range files {
		switch base := filepath.Base(file); {
		case base == "lxd.tar.xz":
			metadata = file
		case base == "rootfs.squashfs":
			rootfs = file
		}
	}
	_, err = d.Run(ctx, "image", "import", metadata, rootfs, "--alias", "stops-"+a.name)
	return err
}
