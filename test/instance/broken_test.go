//go:build e2e

package instance

import (
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// killedWithin starts a command, and kills it at some moment within what it takes as a whole,
// which it notes if it was not killed.
func killedWithin(t *testing.T, cmd *exec.Cmd, whole *time.Duration) (moment time.Duration, err error) {
	t.Helper()
	began := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	moment = time.Duration(rand.Int64N(int64(*whole)))
	kill := time.AfterFunc(moment, func() { _ = cmd.Process.Kill() })
	err = cmd.Wait()
	if kill.Stop() {
		*whole = time.Since(began)
	}
	return moment, err
}

// interruptedAt starts a command, and interrupts it when it has printed something. Wait has to
// be called; then all that it printed is known.
func interruptedAt(t *testing.T, ctx context.Context, cmd *exec.Cmd, text string) (w *awaited) {
	t.Helper()
	w = &awaited{text: text, seen: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = w, w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-w.seen:
	case <-ctx.Done():
		t.Errorf("it does not print %q", text)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Error(err)
	}
	return w
}

// awaited tells when something was printed.
type awaited struct {
	printed strings.Builder
	text    string
	seen    chan struct{}
	told    bool
}

func (a *awaited) Write(p []byte) (int, error) {
	a.printed.Write(p)
	if !a.told && strings.Contains(a.printed.String(), a.text) {
		a.told = true
		close(a.seen)
	}
	return len(p), nil
}
