package assembly

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"lxdocker/internal/block"
	"lxdocker/internal/layer"
)

// request is Work for another process.
type request struct {
	Work
	Packs   []string // folders of the layers
	Level   string   // of compression
	Scratch string   // folder
}

// Serve does the work that comes from in, and says on out what comes of it. It ends when in
// does: nobody waits for it then.
func Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	var r request
	d := json.NewDecoder(in)
	if err := d.Decode(&r); err != nil {
		return fmt.Errorf("reading what to assemble: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, in)
		cancel()
	}()
	w := newFrameWriter(out)
	idmap, err := r.do(ctx, w)
	if err != nil {
		err = w.json(failed, describe(err))
	} else {
		err = w.json(finished, idmap)
	}
	return errors.Join(err, w.flush())
}

func (r request) do(ctx context.Context, w *frameWriter) (idmap string, err error) {
	level, err := block.ParseLevel(r.Level)
	if err != nil {
		return "", err
	}
	codec := block.NewCodec(level).SingleThreaded()
	o := &remote{frames: w, scratch: r.Scratch, packs: map[*os.File]int{}}
	var packs []*layer.Pack
	defer func() {
		for _, p := range packs {
			_ = p.Close()
		}
	}()
	for n, dir := range r.Packs {
		p, err := layer.OpenPack(dir, codec)
		if err != nil {
			return "", err
		}
		packs = append(packs, p)
		o.packs[p.Blocks()] = n
	}
	return r.Do(ctx, packs, codec, o, o)
}

// remote is an output, and a watcher, of another process.
type remote struct {
	frames  *frameWriter
	scratch string
	packs   map[*os.File]int // by their files of blocks
	done    atomic.Int64     // bytes of the step that nobody was told of
}

var _ Output = (*remote)(nil)

// Create implements Output. One file is written after the other.
func (o *remote) Create(kind, name string) (io.WriteCloser, error) {
	return remoteFile{o}, o.frames.json(created, file{kind, name})
}

// Note implements Output: whose note it is decides what is done without one.
func (o *remote) Note(write func(io.Writer) error) error {
	if err := o.frames.write(noted, nil); err != nil {
		return err
	}
	if err := write(remoteFile{o}); err != nil {
		return o.frames.json(unnoted, err.Error())
	}
	return o.frames.write(closed, nil)
}

func (o *remote) Scratch() string { return o.scratch }

func (o *remote) Step(name string, bytes int64) {
	o.tell()
	_ = o.frames.json(stepped, step{name, bytes}) // an error comes with the next bytes
}

// often is of how many bytes at once others are told.
const often = 4 << 20

func (o *remote) Add(bytes int64) {
	if o.done.Add(bytes) >= often {
		o.tell()
	}
}

func (o *remote) tell() {
	if n := o.done.Swap(0); n > 0 {
		_ = o.frames.json(added, n)
	}
}

// remoteFile is a file of the image.
type remoteFile struct{ *remote }

func (f remoteFile) Write(p []byte) (n int, err error) {
	for len(p) > 0 && err == nil {
		part := p[:min(len(p), maxFrame)]
		if err = f.frames.write(written, part); err == nil {
			n, p = n+len(part), p[len(part):]
		}
	}
	return n, err
}

// WriteFrom implements squashfs.Cloner.
func (f remoteFile) WriteFrom(p []byte, src io.ReaderAt, off int64) (int, error) {
	blocks, ok := src.(*os.File)
	n, known := f.packs[blocks]
	if !ok || !known || len(p) > maxFrame {
		return f.Write(p)
	}
	return len(p), f.frames.json(shared, share{n, off, len(p)})
}

func (f remoteFile) Close() error {
	f.tell()
	return errors.Join(f.frames.write(closed, nil), f.frames.flush())
}
