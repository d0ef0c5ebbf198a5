package instance

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"lxdocker/internal/daemon"
	"lxdocker/internal/failure"
)

// record is one line of a log file: "2026-11-29T15:30:42Z stdout F text", whose third word is
// P if the line goes on in the next record (docs/internals.md).
type record struct {
	at, stream string
	partial    bool
	text       []byte // until the next one is read
}

// mostRecord is how long a record is at most: the guest writes them shorter. Whatever else
// root of the instance has put into the file is passed over.
const mostRecord = 64 << 10

// records passes on what the two files of a log hold, the older file first. It reads a piece
// of them at a time, whatever their size.
func records(ctx context.Context, d *daemon.Client, name string, each func(record) error) error {
	var numbers [2]int
	for n := range numbers {
		head, err := d.ReadFile(ctx, name, logFile(n), 32)
		if err != nil && !daemon.NotFound(err) {
			return err
		}
		first, _, _ := bytes.Cut(head, []byte("\n"))
		numbers[n], _ = strconv.Atoi(strings.TrimPrefix(string(first), "# "))
	}
	older := 0
	if numbers[0] > numbers[1] {
		older = 1
	}
	for _, n := range []int{older, 1 - older} {
		file, err := d.OpenFile(ctx, name, logFile(n))
		if daemon.NotFound(err) {
			continue
		}
		if err != nil {
			return err
		}
		err = eachRecord(file, each)
		file.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func logFile(n int) string { return fmt.Sprintf("/.lxdocker/log/%d", n) }

func eachRecord(file io.Reader, each func(record) error) error {
	in := bufio.NewReaderSize(file, mostRecord)
	for tooLong := false; ; {
		text, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			tooLong = true
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return failure.Errorf(failure.Unavailable, "reading its log: %w", err)
		}
		if r, ok := parseRecord(bytes.TrimSuffix(text, []byte("\n"))); ok && !tooLong {
			if err := each(r); err != nil {
				return err
			}
		}
		if tooLong = false; err != nil {
			return nil
		}
	}
}

// parseRecord is false for what is none, such as the number of the file.
func parseRecord(text []byte) (r record, ok bool) {
	at, rest, _ := bytes.Cut(text, []byte(" "))
	stream, rest, _ := bytes.Cut(rest, []byte(" "))
	mark, rest, ok := bytes.Cut(rest, []byte(" "))
	r = record{string(at), string(stream), string(mark) == "P", rest}
	return r, ok && (r.stream == "stdout" || r.stream == "stderr")
}
