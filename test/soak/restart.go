package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"lxdocker/internal/server/servertest"
)

// start starts the server, with the limits that images on demand have by default.
func (b *battle) start() error {
	args := append([]string{"--address", serverAddress, "--lxdimages", b.folder("images"), "--cache", b.folder("cache"), "--every", "10m",
		"--cache-size", fmt.Sprint(cacheSize), "--images-size", fmt.Sprint(imagesSize)}, b.patterns...)
	server, err := servertest.Start(filepath.Join(b.dir, "imgserver"), b.dir, args...)
	if err == nil {
		b.server.Store(server)
		if old := b.meter.Swap(server.MeasureMemory()); old != nil {
			old.Stop()
		}
		b.life.Add(1)
		b.down.Store(false)
	}
	return err
}

func (b *battle) folder(name string) string { return filepath.Join(b.dir, name) }

// restarts restarts the server again and again.
func (b *battle) restarts(ctx context.Context, every time.Duration) {
	for {
		pause(ctx, every/2+rand.N(every))
		if ctx.Err() != nil {
			return
		}
		b.restart(context.WithoutCancel(ctx)) // the time may be over before it has answered
	}
}

// restart tells the server to end, and starts it again. Nothing that it offered may be lost.
func (b *battle) restart(ctx context.Context) {
	before, err := b.list(ctx)
	if err != nil {
		b.wrong(fmt.Errorf("listing what is there: %w", err))
	}
	b.lookAt()
	b.down.Store(true)
	server, began := b.server.Load(), time.Now()
	if err := server.Signal(syscall.SIGTERM); err != nil {
		b.wrong(fmt.Errorf("telling the server to end: %w", err))
	}
	code, err := server.Wait()
	b.ends.add(time.Since(began))
	switch {
	case err != nil:
		b.wrong(fmt.Errorf("the server did not end within %v", time.Since(began)))
		_ = server.Signal(syscall.SIGQUIT) // its log has what it was at
		_, _ = server.Wait()
		server.Kill()
	case code != 0 && code != 130:
		b.wrong(fmt.Errorf("the server ended with %d", code))
	}
	b.keepLog()
	if err := b.start(); err != nil {
		b.wrong(fmt.Errorf("starting the server again: %w", err))
		return
	}
	after, err := b.list(ctx)
	if err != nil {
		b.wrong(fmt.Errorf("listing what is there: %w", err))
	} else if gone := b.lost(before, after); len(gone) > 0 {
		b.wrong(fmt.Errorf("%d images are gone after a restart, the first is %s", len(gone), gone[0]))
	}
}

// keepLog writes down what the server said, and looks whether something in it is not
// about strangers.
func (b *battle) keepLog() {
	log := b.server.Load().Output()
	if b.logs != "" {
		_ = os.WriteFile(filepath.Join(b.logs, fmt.Sprintf("log-%d", b.life.Load())), []byte(log), 0o600)
	}
	for line := range strings.Lines(log) {
		if strings.Contains(line, "level=ERROR") || strings.HasPrefix(line, "panic") {
			b.wrong(fmt.Errorf("the server said: %s", strings.TrimSpace(line)))
			return
		}
	}
}

// lookAt notes how much memory and disk the server has taken.
func (b *battle) lookAt() {
	most(&b.memory, b.meter.Load().Most())
	most(&b.images, usage(b.folder("images")))
	most(&b.cache, usage(b.folder("cache")))
}
