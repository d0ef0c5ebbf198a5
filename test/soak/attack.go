package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// siege is what attackers are told, and what they note.
type siege struct {
	server     string // HOST:PORT
	known      string // an image that is there
	registries registries
	counts     *tally
}

// attack is the process of the attackers. It prints the hosts of its registries, waits for
// a line with the server and an image that is there, and then prints what came of it
// again and again, until its input ends.
func attack(ctx context.Context, in io.Reader, out io.Writer) error {
	registries, err := openRegistries(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, strings.Join(registries.hosts(), " "))
	lines := bufio.NewReader(in)
	line, err := lines.ReadString('\n')
	if err != nil {
		return err
	}
	s := &siege{registries: registries, counts: newTally()}
	if _, err := fmt.Sscan(line, &s.server, &s.known); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		_, _ = lines.ReadString('\n')
		cancel()
	}()
	var group sync.WaitGroup
	for n := range addresses {
		group.Go(func() { s.client(ctx, n) })
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for print := json.NewEncoder(out); ctx.Err() == nil; {
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
		if err := print.Encode(s.counts.copy()); err != nil {
			return err
		}
	}
	group.Wait()
	return json.NewEncoder(out).Encode(s.counts.copy())
}

// client does what the client of an address does, many times at once.
func (s *siege) client(ctx context.Context, n int) {
	a := &attacker{siege: s, address: firstAttacker + n}
	do, atOnce := a.askForBombs, 4
	switch {
	case n < 16:
	case n < 24:
		do, atOnce = a.askSlowRegistries, 3
	case n < 30:
		do, atOnce = a.readSlowly, 20
	case n < 35:
		do, atOnce = a.sendHalf, 20
	case n < 38:
		do, atOnce = a.hoard, 500
	default:
		do, atOnce = a.babble, 1
	}
	var group sync.WaitGroup
	for i := range atOnce {
		group.Go(func() {
			for round := i; ctx.Err() == nil; round += atOnce {
				do(ctx, round)
			}
		})
	}
	group.Wait()
}

// pause waits.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
