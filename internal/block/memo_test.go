package block

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

func TestWhatIsRememberedIsWhatIsCompressed(t *testing.T) {
	c := NewCodec(Fast)
	r := c.Repeating()
	for n := range 3 * mostRemembered {
		block := bytes.Repeat([]byte{byte(n), byte(n >> 1), 7, 8, 9}, Size/5)
		if n%3 == 0 { // does not shrink
			for i := range block {
				block[i] = byte(rand.Uint32())
			}
		}
		for range 2 {
			want, wantRaw := c.Compress([]byte("x"), block)
			got, raw := r.Compress([]byte("x"), block)
			if !bytes.Equal(got, want) || raw != wantRaw {
				t.Errorf("block %d is remembered as something else", n)
			}
		}
		if len(c.repeating.memo.blocks) > mostRemembered {
			t.Fatalf("%d blocks are remembered", len(c.repeating.memo.blocks))
		}
	}
}
