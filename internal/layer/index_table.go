package layer

import (
	"encoding/binary"
	"hash/crc32"
	"io"
	"math"

	"lxdocker/internal/block"
)

// finish writes everything after the records. Without it, the index is invalid.
func (w *indexWriter) finish(t block.Table, blobSize int64, digest, diffID sum) error {
	f := w.footer
	f.blocks, f.fragments, f.stored = uint64(len(t.Blocks)), uint64(len(t.Fragments)), t.Size
	f.blobSize, f.digest, f.diffID = blobSize, digest, diffID
	for _, list := range [][]block.Block{t.Blocks, t.Fragments} {
		if err := w.list(list); err != nil {
			return err
		}
	}
	b := w.buf[:0]
	for _, n := range []uint64{f.records, uint64(f.recordBytes), f.blocks, f.fragments, uint64(f.stored), uint64(f.blobSize)} {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	b = append(b, f.digest[:]...)
	b = append(b, f.diffID[:]...)
	if _, err := w.w.Write(b); err != nil {
		return err
	}
	if err := w.w.Flush(); err != nil {
		return err
	}
	if _, err := w.w.Write(w.crc.Sum(nil)); err != nil {
		return err
	}
	return w.w.Flush()
}

// list writes blocks or fragments.
func (w *indexWriter) list(list []block.Block) error {
	var end int64
	for _, s := range list {
		size := uint64(s.Size) * 2
		if s.Raw {
			size++
		}
		b := binary.AppendUvarint(w.buf[:0], uint64(s.Offset-end))
		b = binary.AppendUvarint(b, size)
		if s.Size > 0 {
			b = binary.BigEndian.AppendUint32(b, s.CRC)
		}
		w.buf = b
		if _, err := w.w.Write(b); err != nil {
			return err
		}
		end = s.Offset + int64(s.Size)
	}
	return nil
}

// readFooter verifies the checksum of the whole index and returns its footer.
func readFooter(index io.ReaderAt, size int64) (footer, error) {
	var f footer
	if size < int64(len(magic))+footerSize {
		return f, damagedf("its index has only %d bytes", size)
	}
	head := make([]byte, len(magic))
	if _, err := index.ReadAt(head, 0); err != nil {
		return f, err
	}
	if string(head) != magic {
		return f, damagedf("its index is of another format: it starts with %q", head)
	}
	crc := crc32.New(castagnoli())
	if _, err := io.CopyBuffer(crc, io.NewSectionReader(index, 0, size-4), make([]byte, min(size, indexBuffer))); err != nil {
		return f, err
	}
	b := make([]byte, footerSize)
	if _, err := index.ReadAt(b, size-footerSize); err != nil {
		return f, err
	}
	if got := crc.Sum32(); got != binary.BigEndian.Uint32(b[footerSize-4:]) {
		return f, damagedf("the checksum of its index is wrong")
	}
	number := func() uint64 {
		n := binary.BigEndian.Uint64(b)
		b = b[8:]
		return n
	}
	f.records, f.recordBytes = number(), int64(number())
	f.blocks, f.fragments = number(), number()
	f.stored, f.blobSize = int64(number()), int64(number())
	copy(f.digest[:], b)
	copy(f.diffID[:], b[len(f.digest):])
	if f.recordBytes < 0 || f.recordBytes > size-int64(len(magic))-footerSize || f.stored < 0 || f.blobSize < 0 {
		return f, damagedf("its sizes are not possible")
	}
	return f, nil
}

// smallestBlock is how many bytes a block takes in the index at least.
const smallestBlock = 2

// readTable reads the lists of blocks and fragments.
func readTable(index io.ReaderAt, size int64, f footer) (block.Table, error) {
	from := int64(len(magic)) + f.recordBytes
	in := newFieldReader(index, from, size-footerSize-from)
	if most := uint64(in.left) / smallestBlock; f.blocks > most || f.fragments > most-f.blocks {
		return block.Table{}, damagedf("%d blocks and %d fragments cannot be in %d bytes of its index", f.blocks, f.fragments, in.left)
	}
	t := block.Table{Size: f.stored}
	t.Blocks = in.blocks(int(f.blocks), f.stored)
	t.Fragments = in.blocks(int(f.fragments), f.stored)
	if in.left > 0 {
		in.fail("%d bytes after the last block", in.left)
	}
	return t, in.err
}

// blocks reads a list of blocks in a file of size bytes.
func (f *fieldReader) blocks(count int, size int64) []block.Block {
	list := make([]block.Block, 0, count)
	var end int64
	for range count {
		var b block.Block
		b.Offset = end + int64(f.number(uint64(size-end)))
		stored := f.number(2*block.Size + 1)
		b.Size, b.Raw = uint32(stored/2), stored%2 == 1
		if b.Size > 0 {
			b.CRC = f.uint32()
		}
		if end = b.Offset + int64(b.Size); end > size || b.Raw && b.Size == 0 || len(list) == math.MaxInt32 {
			f.fail("a block that cannot be")
		}
		if f.err != nil {
			return nil
		}
		list = append(list, b)
	}
	return list
}
