package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"lxdocker/test/programs"
	"lxdocker/test/testbed"
)

func main() {
	way, args := "", os.Args[1:]
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		way, args = args[0], args[1:]
	}
	flags := flag.NewFlagSet("soak", flag.ExitOnError)
	long := flags.Duration("for", time.Hour, "how long")
	logs := flags.String("logs", "", "keep what the server said in this `DIR`")
	dir := flags.String("dir", "", "where the programs are: for soak's own use")
	_ = flags.Parse(args)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := fmt.Errorf("there is no way %q: say hostile, or nothing", way)
	switch way {
	case "":
		err = run(ctx, *long)
	case "hostile":
		err = hostile(ctx, *long, *logs)
	case inside:
		err = besiege(ctx, *long, *dir, *logs)
	case attackers:
		err = attack(ctx, os.Stdin, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

// soak is what everybody works on.
type soak struct {
	*testbed.Server
	dir, registry string
	counts        counts
}

func run(ctx context.Context, long time.Duration) (err error) {
	bed, err := testbed.Up(ctx, ".", os.Stderr, "packages", "registry", "images goserver")
	if err != nil {
		return err
	}
	defer bed.Close()
	dir, err := os.MkdirTemp("", "lxdocker-soak-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := programs.Build(ctx, "", dir, "lxdocker/cmd/lxdocker", "lxdocker/cmd/imgserver"); err != nil {
		return err
	}
	s := &soak{dir: dir, registry: bed.Registry, counts: counts{}}
	if err := s.start(ctx); err != nil {
		return err
	}
	samples := s.work(ctx, long)
	ended := s.Stop()
	return errors.Join(s.counts.report(), judge(samples), ended, ctx.Err())
}

func (s *soak) start(ctx context.Context) (err error) {
	for _, n := range tags {
		if err := s.push(ctx, n); err != nil {
			return err
		}
	}
	address, err := testbed.UnusedAddress()
	if err != nil {
		return err
	}
	s.Server, err = testbed.Serve(filepath.Join(s.dir, "imgserver"), address, "--lxdimages", s.images(), "--cache", s.cache(),
		"--mirror", "docker.io="+s.registry, "--on-demand", "soak/**", "--every", "10s", "--per-client", "0", "--keep", "2")
	return err
}

func (s *soak) images() string { return filepath.Join(s.dir, "images") }
func (s *soak) cache() string  { return filepath.Join(s.dir, "cache") }

// work lets all of them work beside each other, and watches the server.
func (s *soak) work(ctx context.Context, long time.Duration) []sample {
	ctx, cancel := context.WithTimeout(ctx, long)
	defer cancel()
	var group sync.WaitGroup
	for _, w := range []struct {
		name  string
		every time.Duration
		do    func(context.Context) error
	}{
		{"push", 5 * time.Second, func(ctx context.Context) error { return s.push(ctx, one(tags)) }},
		{"build", 6 * time.Second, s.build},
		{"prune", 11 * time.Second, s.prune},
		{"download by simplestreams", time.Second, s.downloadFiles},
		{"download by simplestreams", time.Second, s.downloadFiles},
		{"download by /1.0", time.Second, s.downloadImage},
		{"download by /1.0", time.Second, s.downloadImage},
		{"ask in vain", 3 * time.Second, s.askInVain},
	} {
		group.Go(func() { s.repeat(ctx, w.name, w.every, w.do) })
	}
	samples := s.watch(ctx, long)
	group.Wait()
	return samples
}

// repeat does something again and again, with pauses of about a length.
func (s *soak) repeat(ctx context.Context, name string, every time.Duration, do func(context.Context) error) {
	for ctx.Err() == nil {
		if err := do(ctx); ctx.Err() == nil {
			s.counts.add(name, err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(every/2 + rand.N(every)):
		}
	}
}

func one[T any](of []T) T { return of[rand.IntN(len(of))] }
