package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"lxdocker/internal/server/servertest"
	"lxdocker/test/hostile/bomb"
	"lxdocker/test/programs"
)

// serverAddress is where the server is.
var serverAddress = host(1) + ":8443"

// The limits of the server's folders.
const (
	cacheSize  = 512 << 20 // --cache-size
	imagesSize = 512 << 20 // --images-size
)

// battle is a server with those who mean well and those who do not.
type battle struct {
	dir, logs    string
	shelf        *shelf
	known        []string
	wholeName    string
	fingerprints map[string]string // by name
	patterns     []string

	server atomic.Pointer[servertest.Process]
	meter  atomic.Pointer[servertest.Meter]
	life   atomic.Int64 // which one it is
	down   atomic.Bool  // it was told to end, and is not there again

	smallAsked                                      int // by askSmall alone
	alone, smallTimes, knownAlone, knownTimes, ends times
	counts                                          *tally
	memory, cache, images                           atomic.Int64 // the most, in bytes

	mu       sync.Mutex
	attacked map[string]map[string]int
	errs     []error
}

// besiege is the whole of it, in a network namespace.
func besiege(ctx context.Context, long time.Duration, dir, logs string) error {
	if err := programs.AddAddresses(ctx, addressFormat, 1, firstAttacker+addresses-1); err != nil {
		return err
	}
	b := &battle{dir: dir, logs: logs, shelf: &shelf{Registry: bomb.NewRegistry()}, fingerprints: map[string]string{}, counts: newTally()}
	var err error
	if b.shelf.host, err = listen(ctx, "127.0.0.1:0", b.shelf); err != nil {
		return err
	}
	begin, err := b.callAttackers(ctx)
	if err != nil {
		return err
	}
	if err := b.start(); err != nil {
		return err
	}
	defer func() { b.server.Load().Kill() }()
	if err := b.aloneFirst(ctx); err != nil {
		return err
	}
	fmt.Printf("alone: a known name %v; a new small image %v\n", &b.knownAlone, &b.alone)
	if err := begin(); err != nil {
		return err
	}
	b.fight(ctx, long)
	b.restart(context.WithoutCancel(ctx))
	b.lookAt()
	return errors.Join(b.verdict(), ctx.Err())
}

// callAttackers starts their process, which is to get no time that the server or the
// honest ones want: in real life they have machines of their own. begin lets it begin.
func (b *battle) callAttackers(ctx context.Context) (begin func() error, err error) {
	cmd, err := programs.Again(ctx, attackers)
	if err != nil {
		return nil, err
	}
	cmd.Path, cmd.Args = must(exec.LookPath("nice")), append([]string{"nice", "-n", "19", cmd.Path}, cmd.Args[1:]...)
	cmd.Stderr = os.Stderr
	started, err := programs.Start(cmd)
	if err != nil {
		return nil, err
	}
	for _, h := range append(strings.Fields(started.Said), b.shelf.host) {
		b.patterns = append(b.patterns, "--on-demand", h+"/**")
	}
	go func() {
		for d := json.NewDecoder(started.Out); ; {
			var counts map[string]map[string]int
			if d.Decode(&counts) != nil {
				_ = started.Wait()
				return
			}
			b.mu.Lock()
			b.attacked = counts
			b.mu.Unlock()
		}
	}()
	return func() error {
		_, err := fmt.Fprintln(started.In, serverAddress, b.wholeName)
		return err
	}, nil
}

// aloneFirst makes what is known later, and measures how long that takes when there is no
// attacker.
func (b *battle) aloneFirst(ctx context.Context) (err error) {
	for n := range knownImages {
		name := b.shelf.small(fmt.Sprintf("known-%d", n))
		b.known = append(b.known, name)
		if b.fingerprints[name], err = b.ask(ctx, 5, name); err != nil {
			return err
		}
	}
	b.wholeName = b.shelf.whole("whole")
	if b.fingerprints[b.wholeName], err = b.ask(ctx, 5, b.wholeName); err != nil {
		return err
	}
	for range 50 { // of one client in an hour: see smallEvery
		if err := b.timeSmall(ctx, 6, &b.alone); err != nil {
			return err
		}
	}
	for range 300 {
		began := time.Now()
		if _, err := b.ask(ctx, 5, one(b.known)); err != nil {
			return err
		}
		b.knownAlone.add(time.Since(began))
	}
	return nil
}

// fight lets everybody do what they do for a time.
func (b *battle) fight(ctx context.Context, long time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, long)
	defer cancel()
	var group sync.WaitGroup
	group.Go(func() { b.honestly(ctx, "a known name", 100*time.Millisecond, b.askKnown) })
	group.Go(func() {
		b.honestly(ctx, "a new small image", smallEvery(long), b.askSmall)
	})
	group.Go(func() { b.honestly(ctx, "a whole image", 4*time.Second, b.download) })
	group.Go(func() { b.restarts(ctx, min(max(long/20, 40*time.Second), 3*time.Minute)) })
	group.Go(func() {
		for n := 0; ctx.Err() == nil; n++ {
			b.lookAt()
			if n%30 == 29 {
				fmt.Printf("%s  %d lives; %d MiB of memory, %d of images, %d of cache; a known name %v; a small image %v\n", time.Now().Format(time.TimeOnly),
					b.life.Load(), b.memory.Load()>>20, b.images.Load()>>20, b.cache.Load()>>20, &b.knownTimes, &b.smallTimes)
			}
			pause(ctx, 2*time.Second)
		}
	})
	group.Wait()
}

func (b *battle) wrong(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.errs = append(b.errs, err)
	if len(b.errs) <= 50 {
		fmt.Printf("%s WRONG: %v\n", time.Now().Format(time.TimeOnly), err)
	}
}

// list is what the server offers, by fingerprint.
func (b *battle) list(ctx context.Context) (map[string]bool, error) {
	r, err := b.fetch(ctx, 5, "/1.0/images")
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var answer struct{ Metadata []string }
	if err := json.Unmarshal(text, &answer); err != nil {
		return nil, fmt.Errorf("%s: %w", r.Status, err)
	}
	all := map[string]bool{}
	for _, url := range answer.Metadata {
		all[filepath.Base(url)] = true
	}
	return all, nil
}

// lost lists what is not there any more. What nobody asks for may go when the room for
// images is full.
func (b *battle) lost(before, after map[string]bool) (gone []string) {
	full := b.images.Load() > imagesSize/4*3
	if full {
		before = map[string]bool{}
		for _, f := range b.fingerprints {
			before[f] = true
		}
	}
	for f := range before {
		if !after[f] {
			gone = append(gone, f)
		}
	}
	slices.Sort(gone)
	return gone
}
