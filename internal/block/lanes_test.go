package block

import (
	"bytes"
	"context"
	"testing"
	"time"

	"lxdocker/internal/background"
)

// TestWhoIsSparedWaitsForNoneInTheBackground has others that hold all places, and do not end.
func TestWhoIsSparedWaitsForNoneInTheBackground(t *testing.T) {
	c := NewCodec(Fast)
	for _, l := range []lanes{c.compressor.places, c.compressor.tokens} {
		for range cap(l.all) {
			l.all <- struct{}{}
		}
	}
	ctx := background.Young(background.With(t.Context(), 1), 1, time.Hour)
	w := NewWriter(c, emptyFile(t))
	for seed := range 10 {
		if _, err := w.Add(ctx, bytes.NewReader(noise(seed, Size)), Size); err != nil {
			t.Fatal(err)
		}
	}
	table, err := w.Finish(ctx)
	if err != nil || len(table.Blocks) != 10 {
		t.Errorf("it has %d blocks, %v", len(table.Blocks), err)
	}
	if out, _ := c.compressor.compress(t.Context(), true, nil, noise(1, 1000)); len(out) == 0 {
		t.Error("a block that was spared at first has no place later")
	}
	over := background.Young(background.With(t.Context(), 1), 1, 0)
	ended, cancel := context.WithTimeout(over, 20*time.Millisecond)
	defer cancel()
	w = NewWriter(c, emptyFile(t))
	defer w.Discard()
	if _, err := w.Add(ended, bytes.NewReader(noise(1, Size)), Size); err == nil {
		t.Error("who was spared once is so for ever")
	}
}

func TestTheBestLevelHasNoMoreEncodersForAnybody(t *testing.T) {
	for c, want := range map[*Codec]int{NewCodec(Best): maxBest, NewCodec(Best).SingleThreaded(): 1} {
		if got := c.compressor.places.size(); got > want {
			t.Errorf("%d blocks are compressed at once, and each takes 35 MiB", got)
		}
	}
}
