package serving

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strconv"

	"lxdocker/test/programs"
)

// What is to be held beside those who ask, and the goal: times what an answer takes alone.
// imgserver has 1,000 connections at a time: of 1,200, idle ones are closed.
const (
	idleConnections = 1000
	slowConnections = 200
	mostSlowdown    = 2.0
)

// questions are what is asked for.
var questions = []struct{ name, path string }{
	{"a known name", "/1.0/images/aliases/" + url.PathEscape(knownName)},
	{"index.json", "/streams/v1/index.json"},
}

// asked is how long answers took, in seconds.
type asked struct{ P50, P99, Longest float64 }

// held is what became of connections that are held.
type held struct{ Idle, Slow, Lost, Bytes int64 }

// connections compares how long answers take alone, and beside many connections.
func (b bench) connections(ctx context.Context, w io.Writer) (met bool, err error) {
	s, err := b.imgserver()
	if err != nil {
		return false, err
	}
	defer s.stop()
	alone, beside := make([][]asked, len(questions)), make([][]asked, len(questions))
	var last held
	for round := range rounds + 1 {
		fmt.Fprintln(os.Stderr, "measuring answers: round", round)
		first, err := b.ask(ctx, s)
		if err != nil {
			return false, err
		}
		release, err := b.hold(ctx, s)
		if err != nil {
			return false, err
		}
		second, err := b.ask(ctx, s)
		h, also := release()
		if err := errors.Join(err, also); err != nil {
			return false, err
		}
		if round == 0 {
			continue
		}
		last = h
		for q := range questions {
			alone[q], beside[q] = append(alone[q], first[q]), append(beside[q], second[q])
		}
	}
	fmt.Fprintf(w, "Answers over new connections, %d for each figure, in %d rounds; beside %d idle connections and %d that read slowly, of %d clients.\n",
		b.asks, rounds, last.Idle, last.Slow, 2*holders)
	fmt.Fprintf(w, "%-14s%26s%26s  %-22s%6s\n", "", "alone: p50, p99 ms", "beside: p50, p99 ms", "p99, ratio", "goal")
	met = true
	for q := range questions {
		fine := showAnswers(w, questions[q].name, alone[q], beside[q])
		met = met && fine
	}
	if last.Idle < (idleConnections-slowConnections)*9/10 || last.Slow < slowConnections*9/10 || last.Bytes == 0 {
		return false, fmt.Errorf("only %d idle connections and %d slow ones were held at the end", last.Idle, last.Slow)
	}
	return met, nil
}

// rounds is how often answers are measured alone and beside others.
const rounds = 5

func showAnswers(w io.Writer, name string, alone, beside []asked) (met bool) {
	median := func(of []asked, value func(asked) float64) float64 {
		var all []float64
		for _, a := range of {
			all = append(all, value(a)*1e3)
		}
		return spreadOf(all).median
	}
	p50, p99 := func(a asked) float64 { return a.P50 }, func(a asked) float64 { return a.P99 }
	var ratios []float64
	for n := range alone {
		ratios = append(ratios, beside[n].P99/alone[n].P99)
	}
	r := spreadOf(ratios)
	met = r.median <= mostSlowdown
	fmt.Fprintf(w, "%-14s%16.2f%10.2f%16.2f%10.2f  %-22v%6.1f %s\n", name, median(alone, p50), median(alone, p99), median(beside, p50), median(beside, p99),
		r, mostSlowdown, verdict(met))
	return met
}

// ask asks all questions, from an address that does nothing else.
func (b bench) ask(ctx context.Context, s server) (all []asked, err error) {
	for _, q := range questions {
		var a asked
		if err := b.load(ctx, &a, "asks", s, q.path, "-first", strconv.Itoa(askingAddress), "-times", strconv.Itoa(b.asks)); err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

// hold opens all connections; release closes them, and says what became of them.
func (b bench) hold(ctx context.Context, s server) (release func() (held, error), err error) {
	cmd := b.clients(ctx, "holds", s, b.file, "-first", strconv.Itoa(firstHolder), "-addresses", strconv.Itoa(holders),
		"-idle", strconv.Itoa(idleConnections), "-slow", strconv.Itoa(slowConnections))
	started, err := programs.Start(cmd) // it says that it is ready
	if err != nil {
		return nil, fmt.Errorf("holding connections: %w", err)
	}
	return func() (h held, err error) {
		err = started.In.Close()
		return h, errors.Join(err, json.NewDecoder(started.Out).Decode(&h), started.Wait())
	}, nil
}
