package delta

import (
	"encoding/binary"
	"fmt"
	"io"
)

// leastRun is how many zeros are worth an instruction of their own, which ends one ADD
// and begins another.
const leastRun = 64

// writer writes windows (RFC 3284, section 4.2).
type writer struct {
	w                io.Writer
	target           input
	content          []byte // of the target window
	data, inst, addr []byte // the sections
	out              []byte
}

func newWriter(w io.Writer, target input) *writer {
	return &writer{w: w, target: target, content: make([]byte, 0, min(windowSize, target.size))}
}

// writeAll writes a whole delta.
func (w *writer) writeAll(plans <-chan plan) error {
	w.out = magic()
	if w.target.size == 0 {
		// xdelta3 fails on a delta without any window: "nothing to output".
		w.window(&plan{})
	}
	if err := w.flush(); err != nil {
		return err
	}
	for p := range plans {
		w.content = w.content[:p.size]
		if err := w.target.read(w.content, p.at); err != nil {
			return err
		}
		w.window(&p)
		if err := w.flush(); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) flush() error {
	if _, err := w.w.Write(w.out); err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	w.out = w.out[:0]
	return nil
}

// window appends a window to what is written next.
func (w *writer) window(p *plan) {
	w.data, w.inst, w.addr = w.data[:0], w.inst[:0], w.addr[:0]
	content := w.content
	for _, s := range p.steps {
		if s.from == added {
			w.add(content[:s.size])
		} else {
			w.inst = appendNumber(append(w.inst, opCopy), int64(s.size))
			w.addr = appendNumber(w.addr, s.from-p.low)
		}
		content = content[s.size:]
	}
	if p.low < p.high {
		w.out = append(w.out, vcdAdler32|vcdSource)
		w.out = appendNumber(w.out, p.high-p.low)
		w.out = appendNumber(w.out, p.low)
	} else {
		w.out = append(w.out, vcdAdler32)
	}
	l := lengths{p.size, len(w.data), len(w.inst), len(w.addr)}
	w.out = appendNumber(w.out, l.encoding())
	w.out = appendNumber(w.out, int64(l.target))
	w.out = append(w.out, 0) // Delta_Indicator: nothing is compressed further
	w.out = appendNumber(w.out, int64(l.data))
	w.out = appendNumber(w.out, int64(l.inst))
	w.out = appendNumber(w.out, int64(l.addr))
	w.out = binary.BigEndian.AppendUint32(w.out, adler(w.content))
	w.out = append(w.out, w.data...)
	w.out = append(w.out, w.inst...)
	w.out = append(w.out, w.addr...)
}

// add writes bytes that are not in the source.
func (w *writer) add(p []byte) {
	for len(p) > 0 {
		at, run := zeroRun(p)
		if at > 0 {
			w.inst = appendNumber(append(w.inst, opAdd), int64(at))
			w.data = append(w.data, p[:at]...)
		}
		if run > 0 {
			w.inst = appendNumber(append(w.inst, opRun), int64(run))
			w.data = append(w.data, 0)
		}
		p = p[at+run:]
	}
}

// zeroRun finds the first run of zeros that is long enough, or the end.
func zeroRun(p []byte) (at, size int) {
	for i := leastRun - 1; i < len(p); i += leastRun {
		if p[i] != 0 {
			continue
		}
		for at = i; at > 0 && p[at-1] == 0; at-- {
		}
		if size = zeros(p[at:]); size >= leastRun {
			return at, size
		}
		i = at + size
	}
	return len(p), 0
}
