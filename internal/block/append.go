package block

import (
	"bytes"
	"context"
	"fmt"
	"hash/crc32"

	"golang.org/x/sys/unix"

	"lxdocker/internal/background"
)

// job is one block on its way into the file.
type job struct {
	undo     int // if not 0, this is no block: so many of the last ones are dropped
	fragment bool
	zeros    bool
	raw      []byte
	out      []byte
	stored   Block
	done     chan struct{}
	lane     chan struct{} // of tokens
}

// submit compresses a block in the background.
func (w *Writer) submit(ctx context.Context, j *job) error {
	spared := background.Spared(ctx) // also if that ends before the block has its place
	select {
	case w.c.tokens.all <- struct{}{}:
		j.lane = w.c.tokens.all
	case w.c.tokens.besides(spared) <- struct{}{}:
		j.lane = w.c.tokens.spared
	case <-ctx.Done():
		w.c.recycle(j.raw)
		return context.Cause(ctx)
	case err := <-w.written: // the goroutine that writes has failed
		w.written <- err
		w.c.recycle(j.raw)
		return err
	}
	j.done = make(chan struct{})
	go func() {
		defer close(j.done)
		if !j.zeros {
			j.out, j.stored.Raw = w.c.compress(ctx, spared, w.c.buffer()[:0], j.raw)
			j.stored.Size = uint32(len(j.out))
			j.stored.CRC = crc32.Checksum(j.out, castagnoli())
		}
		w.c.recycle(j.raw)
	}()
	w.jobs <- j
	return nil
}

// write appends finished blocks in order. After an error, it only cleans up.
func (w *Writer) write() {
	var err error
	for j := range w.jobs {
		if j.undo > 0 {
			if err == nil {
				w.undo(j.undo)
			}
			continue
		}
		<-j.done
		if err == nil {
			if err = w.append(j); err != nil {
				err = fmt.Errorf("writing blocks: %w", err)
				w.written <- err
			}
		}
		if j.out != nil {
			w.c.recycle(j.out)
		}
		<-j.lane
	}
	if err == nil {
		w.written <- nil
	}
}

func (w *Writer) append(j *job) error {
	j.stored.Offset = w.table.Size
	if _, err := w.file.WriteAt(j.out, j.stored.Offset); err != nil {
		return err
	}
	w.table.Size += int64(j.stored.Size)
	if j.fragment {
		w.table.Fragments = append(w.table.Fragments, j.stored)
	} else {
		w.table.Blocks = append(w.table.Blocks, j.stored)
	}
	if n := w.table.Size - w.writtenBack; n >= writeBackEvery {
		// Let the disk work in the background, so that the sync at the end has little to
		// wait for. This is only a hint: the sync reports errors.
		_ = unix.SyncFileRange(int(w.file.Fd()), w.writtenBack, n, syncFileRangeWrite)
		w.writtenBack = w.table.Size
	}
	return nil
}

// writeBackEvery is how many bytes are written before the kernel is asked to begin
// writing them to disk.
const writeBackEvery = 8 << 20

// syncFileRangeWrite is SYNC_FILE_RANGE_WRITE: begin writing, do not wait.
const syncFileRangeWrite = 2

// undo drops the last blocks. They are those of one content, so no fragment was stored
// after them.
func (w *Writer) undo(n int) {
	left := len(w.table.Blocks) - n
	w.table.Size = w.table.Blocks[left].Offset
	w.table.Blocks = w.table.Blocks[:left]
	w.cut = true
}

var zeros [4 << 10]byte

func isZero(b []byte) bool {
	for ; len(b) > len(zeros); b = b[len(zeros):] {
		if !bytes.Equal(b[:len(zeros)], zeros[:]) {
			return false
		}
	}
	return bytes.Equal(b, zeros[:len(b)])
}

// castagnoli is the CRC for which processors have an instruction.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }
