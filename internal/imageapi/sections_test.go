package imageapi

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// FuzzSections reads pieces as one, from anywhere and in any steps.
func FuzzSections(f *testing.F) {
	f.Add("ab|c||defgh", int64(2), 3)
	f.Add("", int64(0), 1)
	f.Add("|", int64(-1), 0)
	f.Add("a|b", int64(9), 9)
	f.Fuzz(func(t *testing.T, text string, offset int64, length int) {
		var s sections
		for piece := range strings.SplitSeq(text, "|") {
			s.add(strings.NewReader(piece), int64(len(piece)))
		}
		whole := strings.ReplaceAll(text, "|", "")
		if err := iotest.TestReader(s.reader(), []byte(whole)); err != nil {
			t.Fatal(err)
		}
		p := make([]byte, min(max(length, 0), 1<<16))
		naive, want := bytes.NewReader([]byte(whole)), make([]byte, len(p))
		n, err := s.ReadAt(p, max(offset, 0))
		wantN, wantErr := naive.ReadAt(want, max(offset, 0))
		if n != wantN || !bytes.Equal(p, want) || len(p) > 0 && err != wantErr {
			t.Errorf("%d bytes of %q at %d: %q, %v", len(p), text, offset, p[:n], err)
		}
	})
}

func TestAPieceThatBecameShorterIsNoEnd(t *testing.T) {
	var s sections
	s.add(strings.NewReader("ab"), 2)
	s.add(strings.NewReader("cd"), 3)
	s.add(strings.NewReader("e"), 1)
	got, err := io.ReadAll(s.reader())
	if string(got) != "abcd" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%q, %v", got, err)
	}
}
