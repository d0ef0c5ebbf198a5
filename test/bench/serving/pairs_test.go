package serving

import (
	"errors"
	"slices"
	"testing"
	"time"
)

func TestServersTakeTurnsAndTheFirstPairDoesNotCount(t *testing.T) {
	var order []string
	seconds := map[string][]float64{"ours": {100, 1, 2, 4}, "theirs": {1, 2, 2, 2}}
	turn := map[string]int{}
	got, err := pairs(3, server{name: "ours"}, server{name: "theirs"}, func(s server) (downloaded, error) {
		order = append(order, s.name)
		n := turn[s.name]
		turn[s.name]++
		return downloaded{Bytes: 1 << 30, Seconds: seconds[s.name][n], cpu: time.Second}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"ours", "theirs", "theirs", "ours", "ours", "theirs", "theirs", "ours"}; !slices.Equal(order, want) {
		t.Errorf("they were measured in this order: %v", order)
	}
	if want := (spread{1, 0.5, 2}); got.throughput != want {
		t.Errorf("the ratios of throughput are %v, not %v", got.throughput, want)
	}
	if want := (spread{1, 1, 1}); got.processor != want || got.ours.perGiB != 1 {
		t.Errorf("the ratios of processor time are %v, and ours is %v", got.processor, got.ours)
	}
}

func TestAFailureEndsTheMeasurement(t *testing.T) {
	failed := errors.New("refused")
	if _, err := pairs(3, server{}, server{}, func(server) (downloaded, error) { return downloaded{}, failed }); !errors.Is(err, failed) {
		t.Errorf("got %v", err)
	}
}

func TestTheParts(t *testing.T) {
	var b bench
	if parts, err := b.read([]string{"pairs=3", "downloads"}); err != nil || b.pairs != 3 || !slices.Equal(parts, []string{"downloads"}) {
		t.Errorf("%v of %d pairs, %v", parts, b.pairs, err)
	}
	if parts, err := b.read(nil); err != nil || len(parts) != 2 {
		t.Errorf("nothing means %v, %v", parts, err)
	}
	for _, wrong := range []string{"pairs=0", "pairs=x", "uploads", ""} {
		if _, err := b.read([]string{wrong}); err == nil {
			t.Errorf("%q is accepted", wrong)
		}
	}
}
