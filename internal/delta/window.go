package delta

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// sections are the three parts of a window that follow its lengths.
type sections struct{ data, inst, addr bytes.Reader }

// check decodes a window into target and compares it with the target, which is read into
// buf, a piece at a time.
func (w *window) check(source, target input, decoded, buf []byte) error {
	if err := w.decode(source, decoded); err != nil {
		return err
	}
	for n := 0; n < len(decoded); n += len(buf) {
		part := decoded[n:min(n+len(buf), len(decoded))]
		there := buf[:len(part)]
		if err := target.read(there, w.at+int64(n)); err != nil {
			return err
		}
		if same := common(part, there); same < len(part) {
			return fmt.Errorf("it makes something else than the target has at %d", w.at+int64(n+same))
		}
	}
	if sum := adler(decoded); sum != w.sum {
		return fmt.Errorf("checksum is %#08x instead of %#08x", w.sum, sum)
	}
	return nil
}

// decode executes the instructions.
func (w *window) decode(source input, decoded []byte) error {
	s := &w.sections
	for s.inst.Len() > 0 {
		at := w.inst - s.inst.Len()
		n, err := w.instruction(source, decoded)
		if err != nil {
			return fmt.Errorf("instruction at %d of %d: %w", at, w.inst, err)
		}
		decoded = decoded[n:]
	}
	if len(decoded) > 0 || s.data.Len() > 0 || s.addr.Len() > 0 {
		return fmt.Errorf("the last %d bytes are not made; %d bytes of data and %d of addresses are left", len(decoded), s.data.Len(), s.addr.Len())
	}
	return nil
}

// instruction executes the next one, and returns how many bytes it made.
func (w *window) instruction(source input, decoded []byte) (int, error) {
	s := &w.sections
	op, _ := s.inst.ReadByte()
	size, err := readNumber(&s.inst, int64(len(decoded)))
	if err != nil {
		return 0, fmt.Errorf("size: %w", err)
	}
	decoded = decoded[:size]
	switch op {
	case opAdd:
		if _, err := io.ReadFull(&s.data, decoded); err != nil {
			return 0, fmt.Errorf("data: %w", unexpected(err))
		}
	case opRun:
		b, err := s.data.ReadByte()
		if err != nil {
			return 0, fmt.Errorf("data: %w", unexpected(err))
		}
		for i := range decoded {
			decoded[i] = b
		}
	case opCopy:
		if w.high-w.low < size {
			return 0, errors.New("it is longer than the source segment")
		}
		addr, err := readNumber(&s.addr, w.high-w.low-size)
		if err != nil {
			return 0, fmt.Errorf("address: %w", err)
		}
		return len(decoded), source.read(decoded, w.low+addr)
	default:
		return 0, fmt.Errorf("code %d is not understood", op)
	}
	return len(decoded), nil
}
