package memory_test

import (
	"runtime/debug"
	"testing"

	"lxdocker/internal/memory"
)

func TestTheLimitIsHigherWhileMemoryIsLent(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(before)
	memory.Lend(1 << 20)
	if now := debug.SetMemoryLimit(-1); now != before {
		t.Errorf("without a limit, it became %d", now)
	}
	memory.Limit(1 << 30)
	giveBack := memory.Lend(1 << 20)
	other := memory.Lend(2 << 20)
	for _, c := range []struct {
		do   func()
		want int64
	}{{func() {}, 1<<30 + 3<<20}, {giveBack, 1<<30 + 2<<20}, {giveBack, 1<<30 + 2<<20}, {other, 1 << 30}} {
		if c.do(); debug.SetMemoryLimit(-1) != c.want {
			t.Errorf("the limit is %d, and should be %d", debug.SetMemoryLimit(-1), c.want)
		}
	}
}
