package delta

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// sections are what a window says after its lengths.
type sections struct{ data, inst, addr bytes.Reader }

// check decodes a window into target and compares it with new, which is read into
// buf, a piece at a time.
func (w *window) check(old, new file, target, buf []byte) error {
	if err := w.decode(old, target); err != nil {
		return err
	}
	for n := 0; n < len(target); n += len(buf) {
		part := target[n:min(n+len(buf), len(target))]
		there := buf[:len(part)]
		if err := new.read(there, w.at+int64(n)); err != nil {
			return err
		}
		if same := common(part, there); same < len(part) {
			return fmt.Errorf("it makes something else than new has at %d", w.at+int64(n+same))
		}
	}
	if sum := adler(target); sum != w.sum {
		return fmt.Errorf("checksum is %#08x instead of %#08x", w.sum, sum)
	}
	return nil
}

// decode does what the instructions say.
func (w *window) decode(old file, target []byte) error {
	s := &w.sections
	for s.inst.Len() > 0 {
		at := w.inst - s.inst.Len()
		n, err := w.instruction(old, target)
		if err != nil {
			return fmt.Errorf("instruction at %d of %d: %w", at, w.inst, err)
		}
		target = target[n:]
	}
	if len(target) > 0 || s.data.Len() > 0 || s.addr.Len() > 0 {
		return fmt.Errorf("the last %d bytes are not made; %d bytes of data and %d of addresses are left", len(target), s.data.Len(), s.addr.Len())
	}
	return nil
}

// instruction does the next one, and says how many bytes it made.
func (w *window) instruction(old file, target []byte) (int, error) {
	s := &w.sections
	op, _ := s.inst.ReadByte()
	size, err := readNumber(&s.inst, int64(len(target)))
	if err != nil {
		return 0, fmt.Errorf("size: %w", err)
	}
	target = target[:size]
	switch op {
	case opAdd:
		if _, err := io.ReadFull(&s.data, target); err != nil {
			return 0, fmt.Errorf("data: %w", unexpected(err))
		}
	case opRun:
		b, err := s.data.ReadByte()
		if err != nil {
			return 0, fmt.Errorf("data: %w", unexpected(err))
		}
		for i := range target {
			target[i] = b
		}
	case opCopy:
		if w.high-w.low < size {
			return 0, errors.New("it is longer than the source segment")
		}
		addr, err := readNumber(&s.addr, w.high-w.low-size)
		if err != nil {
			return 0, fmt.Errorf("address: %w", err)
		}
		return len(target), old.read(target, w.low+addr)
	default:
		return 0, fmt.Errorf("code %d is not understood", op)
	}
	return len(target), nil
}
