package dir

import (
	"bytes"
	"io"
	"os"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
)

// The ledger says what the store holds, so that nobody has to list it. It lies in
// one file, to which those who have the mutation lock append. The folders stay the
// truth: it is made anew from them when it is missing or cannot be read.
//
// A change costs one wait for the disk: Begin is synced before anything changes,
// Done is not. When the power goes, either Done is there, or Begin is the last record
// that can be read, and whoever comes next looks at the products that it names.

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

// readLedger returns the records after a position, or all if the ledger is another
// one by now, and where they end. What follows the last line's end is a record that
// somebody is writing, or had begun to write when he died.
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
	data := make([]byte, to.offset-begin)
	if _, err := io.ReadFull(io.NewSectionReader(f, begin, int64(len(data))), data); err != nil {
		return nil, to, err
	}
	data = data[:bytes.LastIndexByte(data, '\n')+1]
	to.offset = begin + int64(len(data))
	records, err = parseLedger(data, begin == 0)
	return records, to, err
}

// parseLedger reads whole lines, on all cores.
func parseLedger(data []byte, whole bool) ([]record, error) {
	var lines [][]byte
	for len(data) > 0 {
		line, rest, _ := bytes.Cut(data, []byte("\n"))
		lines, data = append(lines, line), rest
	}
	records, errs := make([]record, len(lines)), make([]error, len(lines))
	workers := 1
	if len(lines) > 64 {
		workers = runtime.GOMAXPROCS(0)
	}
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for i := w; i < len(lines); i += workers {
				records[i], errs[i] = unmarshal(lines[i])
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
