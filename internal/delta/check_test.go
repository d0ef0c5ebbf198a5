package delta_test

import (
	"bytes"
	"encoding/binary"
	"hash/adler32"
	"runtime"
	"strings"
	"testing"

	"lxdocker/internal/delta"
)

// pair is two versions with a delta that has everything: COPY, ADD and RUN; and
// windows without a source, if the last addition is long.
func pair(t testing.TB, last int) (source, target, d []byte) {
	source = noise(1, 4000)
	target = join(noise(2, 200), source[1000:], make([]byte, 300), source[:900], noise(3, 50), noise(4, last))
	var out bytes.Buffer
	if err := delta.Encode(t.Context(), &out, bytes.NewReader(source), bytes.NewReader(target)); err != nil {
		t.Fatal(err)
	}
	return source, target, out.Bytes()
}

func checkBytes(d, source, target []byte) error {
	return check(d, bytes.NewReader(source), bytes.NewReader(target))
}

func TestATruncatedDeltaIsNoticed(t *testing.T) {
	source, target, d := pair(t, 100)
	for n := range d {
		if err := checkBytes(d[:n], source, target); err == nil {
			t.Errorf("%d bytes of %d are good enough", n, len(d))
		}
	}
}

func TestAChangedByteIsNoticed(t *testing.T) {
	source, target, d := pair(t, 100)
	for i := range d {
		for _, change := range []byte{0x01, 0x80, 0x7f, 0xff} {
			bad := bytes.Clone(d)
			bad[i] ^= change
			if err := checkBytes(bad, source, target); err == nil {
				t.Errorf("byte %d of %d may be %#x", i, len(d), bad[i])
			}
		}
	}
}

func TestCheckSaysWhereTheFilesDiffer(t *testing.T) {
	source, target, d := pair(t, 1500*KiB)
	changed := func(b []byte, at int) []byte {
		b = bytes.Clone(b)
		b[at] ^= 1
		return b
	}
	for behaviour, x := range map[string]struct {
		d, source, target []byte
		want              string
	}{
		"another source":                {d, changed(source, 1100), target, "window at 5: it makes something else than the target has at 300"},
		"a source that is too short":    {d, source[:3000], target, "window at 5: before byte 8: size of the source segment: more than 3000"},
		"another target":                {d, source, changed(target, 1_234_567), "it makes something else than the target has at 1234567"},
		"a target with two differences": {d, source, changed(changed(target, 1_234_567), 7), "window at 5: it makes something else than the target has at 7"},
		"a target that is longer":       {d, source, join(target, []byte{1}), "it ends at 1540450 of 1540451 bytes of the target"},
		"a target that is shorter":      {d, source, target[:len(target)-1], "length of the target window: more than 491873"},
		"more than a delta":             {join(d, []byte{1}), source, target, "before byte 1536317: window indicator 0x1 is not understood"},
		"no delta at all":               {[]byte("PK\x03\x04 and so on"), source, target, "checking a delta: it begins with 50 4b 03 04 20 instead of d6 c3 c4 00 00"},
		"an empty delta":                {nil, source, target, "checking a delta: before byte 0: reading: unexpected EOF"},
		"a delta without windows":       {d[:5], source, target, "checking a delta: it ends at 0 of 1540450 bytes of the target"},
	} {
		t.Run(behaviour, func(t *testing.T) {
			if err := checkBytes(x.d, x.source, x.target); err == nil || !strings.Contains(err.Error(), x.want) {
				t.Errorf("got %v, and not: … %s …", err, x.want)
			}
		})
	}
}

// gate is a file that cannot be read before something else has happened; or makes
// it happen when it is read from some byte on.
type gate struct {
	*bytes.Reader
	read func(off int64)
}

func (g gate) ReadAt(p []byte, off int64) (int, error) {
	g.read(off)
	return g.Reader.ReadAt(p, off)
}

func TestTheFirstDifferenceCountsWhicheverIsFoundFirst(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	source, target, d := pair(t, 1500*KiB)
	target[300] ^= 1
	target[1_234_567] ^= 1
	second := make(chan struct{})
	err := check(d, gate{bytes.NewReader(source), func(int64) { <-second }}, gate{bytes.NewReader(target), func(off int64) {
		if off >= MiB {
			close(second)
		}
	}})
	if want := "it makes something else than the target has at 300"; err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v, and not: … %s", err, want)
	}
}

// written is a window as somebody else may write it.
type written struct {
	indicator     byte
	source        []byte // size and beginning of the source segment
	target        int
	delta         byte // indicator
	data, in, adr string
	lie           int // of the length of the encoding
	sum           uint32
}

// bytes puts a delta of one window together. No number of its lengths has more than a byte.
func (w written) bytes() []byte {
	d := append([]byte("\xd6\xc3\xc4\x00\x00"), w.indicator)
	d = append(d, w.source...)
	d = append(d, byte(9+len(w.data)+len(w.in)+len(w.adr)+w.lie), byte(w.target), w.delta, byte(len(w.data)), byte(len(w.in)), byte(len(w.adr)))
	d = binary.BigEndian.AppendUint32(d, w.sum)
	return append(d, w.data+w.in+w.adr...)
}

func TestWhatADeltaMayNotSay(t *testing.T) {
	source, target := []byte("0123456789"), []byte("34567abbbb")
	good := written{5, []byte{8, 2}, 10, 0, "ab", "\x13\x05\x01\x01\x00\x04", "\x01", 0, adler32.Checksum(target)}
	if err := checkBytes(good.bytes(), source, target); err != nil {
		t.Fatal(err)
	}
	for behaviour, x := range map[string]struct {
		harm func(w *written)
		want string
	}{
		"no checksum":                                 {func(w *written) { w.indicator = 1 }, "before byte 6: window indicator 0x1 is not understood"},
		"a source segment of the target":              {func(w *written) { w.indicator = 6 }, "window indicator 0x6 is not understood"},
		"further compression":                         {func(w *written) { w.delta = 1 }, "before byte 11: delta indicator 0x1 is not understood"},
		"another checksum":                            {func(w *written) { w.sum++ }, "window at 5: checksum is 0x0e0102f4 instead of 0x0e0102f3"},
		"a wrong length of the encoding":              {func(w *written) { w.lie = 1 }, "length of the encoding is 19 instead of 18"},
		"a window longer than the target":             {func(w *written) { w.target = 11 }, "length of the target window: more than 10"},
		"a window shorter than its instructions make": {func(w *written) { w.target = 9 }, "instruction at 4 of 6: size: more than 3"},
		"a window longer than its instructions make":  {func(w *written) { w.in = w.in[:4] }, "the last 4 bytes are not made; 1 bytes of data and 0 of addresses are left"},
		"a source segment beyond the end":             {func(w *written) { w.source = []byte{8, 3} }, "beginning of the source segment: more than 2"},
		"a source segment larger than the source":     {func(w *written) { w.source = []byte{11, 0} }, "size of the source segment: more than 10"},
		"a copy beyond its segment":                   {func(w *written) { w.adr = "\x04" }, "instruction at 0 of 6: address: more than 3"},
		"a copy longer than its segment":              {func(w *written) { w.source = []byte{4, 2} }, "instruction at 0 of 6: it is longer than the source segment"},
		"a copy without a source segment":             {func(w *written) { w.indicator, w.source = 4, nil }, "it is longer than the source segment"},
		"a copy without an address":                   {func(w *written) { w.adr = "" }, "instruction at 0 of 6: address: unexpected EOF"},
		"addresses that nobody needs":                 {func(w *written) { w.adr = "\x01\x01" }, "1 of addresses are left"},
		"data that nobody needs":                      {func(w *written) { w.data = "abc" }, "1 bytes of data"},
		"no data":                                     {func(w *written) { w.data = "" }, "instruction at 2 of 6: data: unexpected EOF"},
		"nothing to repeat":                           {func(w *written) { w.data = "a" }, "instruction at 4 of 6: data: unexpected EOF"},
		"half an instruction":                         {func(w *written) { w.in = w.in[:5] }, "instruction at 4 of 5: size: unexpected EOF"},
		"half a number":                               {func(w *written) { w.in = w.in[:5] + "\x83" }, "instruction at 4 of 6: size: unexpected EOF"},
		"an instruction with its size":                {func(w *written) { w.in = "\x15\x01\x01\x00\x04" }, "instruction at 0 of 5: code 21 is not understood"},
		"an address of another mode":                  {func(w *written) { w.in = "\x23" + w.in[1:] }, "code 35 is not understood"},
		"zeros before a number":                       {func(w *written) { w.adr = "\x80\x01" }, "address: a number begins with zeros"},
		"a number without end":                        {func(w *written) { w.source = bytes.Repeat([]byte{0xff}, 20) }, "more than 10"},
	} {
		t.Run(behaviour, func(t *testing.T) {
			w := good
			x.harm(&w)
			if err := checkBytes(w.bytes(), source, target); err == nil || !strings.Contains(err.Error(), x.want) {
				t.Errorf("got %v, and not: … %s …", err, x.want)
			}
		})
	}
}

// A delta of a few bytes cannot have us take memory for what it announces.
func TestWhatIsAnnouncedIsBounded(t *testing.T) {
	huge := "\x8f\xff\xff\xff\x7f"
	for _, lengths := range []string{huge, "\x40" + huge, "\x40\x00\x00" + huge, "\x40\x00\x00\x00" + huge, "\x40\x00\x00\x00\x00" + huge} {
		d := []byte("\xd6\xc3\xc4\x00\x00\x04" + lengths)
		err := check(d, bytes.NewReader(nil), &sparse{size: 8 * GiB})
		if err == nil || !strings.Contains(err.Error(), ": more than ") {
			t.Errorf("% x: %v", d, err)
		}
	}
}
