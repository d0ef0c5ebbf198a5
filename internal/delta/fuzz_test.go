package delta_test

import (
	"bytes"
	"testing"
)

// Whatever bytes are given as a delta: Check neither panics nor takes long, and
// agrees only with a delta that xdelta3, too, could make the new file from.
func FuzzCheck(f *testing.F) {
	source := noise(1, 1000)
	target := join(noise(2, 100), source[200:900], make([]byte, 100), []byte("end"))
	f.Add(encode(f, bytes.NewReader(source), bytes.NewReader(target)))
	f.Add(encode(f, bytes.NewReader(nil), bytes.NewReader(target)))
	f.Add(encode(f, bytes.NewReader(target), bytes.NewReader(target)))
	f.Add([]byte{})
	f.Add([]byte("\xd6\xc3\xc4\x00\x00\x05\x87\x68\x00"))
	f.Add([]byte("\xd6\xc3\xc4\x00\x00\x04\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01"))
	f.Fuzz(func(t *testing.T, d []byte) {
		if err := checkBytes(d, source, target); err == nil && len(d) < 5+16+103 {
			t.Errorf("%d bytes make %d, of which 103 are in no other file", len(d), len(target))
		}
	})
}
