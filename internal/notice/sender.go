package notice

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os/exec"
	"sync/atomic"
	"time"
)

const (
	waiting = 100              // documents that may wait; more are lost
	toPost  = 10 * time.Second // how long a webhook may take
	toRun   = time.Minute      // how long a command may take
	mostOut = 2000             // bytes of a command's output in the log
)

// pauses are those before a webhook or a command is tried again.
var pauses = []time.Duration{5 * time.Second, 30 * time.Second}

// Sender sends documents, one after the other. New makes one.
type Sender struct {
	webhook, command string
	log              *slog.Logger
	client           *http.Client
	queue            chan []byte
	done             chan struct{}
	lost             atomic.Int64
}

// New returns a Sender to the address of a webhook and to a command, the path of a program;
// either may be "".
func New(webhook, command string, log *slog.Logger) *Sender {
	s := &Sender{webhook: webhook, command: command, log: log, queue: make(chan []byte, waiting), done: make(chan struct{})}
	s.client = &http.Client{Timeout: toPost, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	go func() {
		defer close(s.done)
		for document := range s.queue {
			s.try("the webhook", s.webhook, document, s.post)
			s.try("the command of notices", s.command, document, s.run)
		}
	}()
	return s
}

// Send sends a document, later. It must not be called after Close.
func (s *Sender) Send(document []byte) {
	select {
	case s.queue <- document:
	default:
		s.lost.Add(1)
		s.log.Error("a notice is lost, as too many wait", "waiting", waiting)
	}
}

// Lost is how many documents could not be sent.
func (s *Sender) Lost() int64 { return s.lost.Load() }

// Close waits until all is sent, or ctx ends.
func (s *Sender) Close(ctx context.Context) {
	close(s.queue)
	select {
	case <-s.done:
	case <-ctx.Done():
	}
}

func (s *Sender) try(what, to string, document []byte, send func(document []byte) error) {
	if to == "" {
		return
	}
	err := send(document)
	for _, pause := range pauses {
		if err == nil {
			return
		}
		time.Sleep(pause)
		err = send(document)
	}
	if err != nil {
		s.lost.Add(1)
		s.log.Error("a notice is lost", "to", what, "error", err)
	}
}

func (s *Sender) post(document []byte) error {
	response, err := s.client.Post(s.webhook, "application/json", bytes.NewReader(document))
	if err != nil {
		var about *url.Error
		if errors.As(err, &about) {
			err = about.Err // the address may be a secret
		}
		return err
	}
	defer response.Body.Close()
	_, _ = io.CopyN(io.Discard, response.Body, 64<<10) // the connection can be used again
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("it answers %s", response.Status)
	}
	return nil
}

func (s *Sender) run(document []byte) error {
	ctx, stop := context.WithTimeout(context.Background(), toRun)
	defer stop()
	cmd := exec.CommandContext(ctx, s.command)
	cmd.Stdin = bytes.NewReader(document)
	cmd.WaitDelay = time.Second // a child of it may keep its output open
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, bytes.TrimSpace(out[max(0, len(out)-mostOut):]))
	}
	return nil
}
