package delta

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// Small buffers would be read again and again, large ones in vain.
func TestAViewReadsMoreTheLongerItGoesOn(t *testing.T) {
	content := make([]byte, 10*mostRead)
	for i := range content {
		content[i] = byte(i ^ i>>8 ^ i>>16)
	}
	counted := &countingReader{Reader: bytes.NewReader(content)}
	v := newView(targetFile(counted))
	rapid.Check(t, func(t *rapid.T) {
		off := rapid.Int64Range(0, v.size).Draw(t, "jump")
		for range rapid.IntRange(0, 30).Draw(t, "steps") {
			want := rapid.IntRange(0, leastRead).Draw(t, "want")
			p, err := v.from(off, want)
			if err != nil || int64(len(p)) < min(int64(want), v.size-off) || !bytes.HasPrefix(content[off:], p) {
				t.Fatalf("%d bytes at %d: %d come, %v", want, off, len(p), err)
			}
			off += int64(rapid.IntRange(-min(lookBack, int(off)), len(p)).Draw(t, "step"))
		}
	})
	v, counted.bytes, counted.reads = newView(targetFile(counted)), 0, 0
	for off := int64(0); off < v.size; off += 1000 {
		if _, err := v.from(off, 1000); err != nil {
			t.Fatal(err)
		}
	}
	if counted.bytes != len(content) || counted.reads > 15 {
		t.Errorf("%d bytes were read for %d, in %d pieces", counted.bytes, len(content), counted.reads)
	}
}

// countingReader counts what is read.
type countingReader struct {
	*bytes.Reader
	reads, bytes int
}

func (c *countingReader) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.Reader.ReadAt(p, off)
	c.reads++
	c.bytes += n
	return n, err
}
