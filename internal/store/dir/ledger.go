package dir

import (
	"io"
	"os"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// The ledger records what the store holds, so that the folders need not be listed. It is
// one file, to which processes with the mutation lock append. The folders stay the truth:
// the ledger is rebuilt from them when it is missing or cannot be read.
//
// A change costs one sync: Begin is synced before anything changes, Done is not. After a
// loss of power, either Done is there, or Begin is the last readable record, and the next
// process checks the products that it names.

// position is how far a ledger has been read. The zero value is of none.
type position struct {
	dev, ino uint64
	offset   int64 // of the first byte that was not read
}

// ledgerEnd is where the ledger ends now; ok is false if there is none.
func ledgerEnd(path string) (p position, ok bool) {
	st := lstat(path)
	return position{st.dev, st.ino, st.size}, st.mode&unix.S_IFMT == unix.S_IFREG
}

// same says whether two positions are in one file.
func (p position) same(q position) bool { return p.dev == q.dev && p.ino == q.ino }

// readLedger returns the records after a position, or all if the ledger has been replaced,
// and the position where they end. Bytes after the last line end belong to a record that
// another process is writing, or was writing when it died.
func readLedger(path string, from position) (records []record, to position, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, position{}, err
	}
	defer f.Close()
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return nil, position{}, err
	}
	to = position{uint64(st.Dev), st.Ino, st.Size} //nolint:unconvert // of another type elsewhere
	begin := int64(0)
	if to.same(from) {
		if begin = from.offset; begin > to.offset {
			return nil, to, errBadRecord
		}
	}
	var b strings.Builder
	size := to.offset - begin
	b.Grow(int(size))
	if _, err := io.CopyN(&b, io.NewSectionReader(f, begin, size), size); err != nil {
		return nil, to, err
	}
	text := b.String()
	text = text[:strings.LastIndexByte(text, '\n')+1]
	to.offset = begin + int64(len(text))
	records, err = parseLedger(text, begin == 0)
	return records, to, err
}

// parseLedger parses complete lines, on all cores. Packed versions in the records are parts
// of the text.
func parseLedger(text string, whole bool) ([]record, error) {
	lines := make([]string, 0, strings.Count(text, "\n"))
	for len(text) > 0 {
		line, rest, _ := strings.Cut(text, "\n")
		lines, text = append(lines, line), rest
	}
	records, errs := make([]record, len(lines)), make([]error, len(lines))
	workers := 1
	if len(lines) > 64 {
		workers = runtime.GOMAXPROCS(0)
	}
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			var buffer []byte
			for i := w; i < len(lines); i += workers {
				records[i], errs[i] = unmarshal(lines[i], &buffer)
			}
		})
	}
	all.Wait()
	for i, err := range errs {
		if err == nil && (records[i].Format != 0) != (whole && i == 0) {
			err = errBadRecord
		}
		if err == nil && records[i].Format != 0 && records[i].Format != ledgerFormat {
			err = errBadRecord
		}
		if err != nil {
			return nil, err
		}
	}
	if whole && len(lines) == 0 {
		return nil, errBadRecord
	}
	return records, nil
}
