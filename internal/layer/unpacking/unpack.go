package unpacking

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"lxdocker/internal/background"
	"lxdocker/internal/layer"
)

var _ layer.Unpacker = (*Process)(nil)

// Unpack implements layer.Unpacker.
func (p *Process) Unpack(ctx context.Context, dir string, b layer.Blob, limit int64, open func(context.Context) (io.ReadCloser, error)) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	body, err := open(ctx)
	if err != nil {
		return err // the source knows best what it was doing
	}
	closeBody := sync.OnceFunc(func() { body.Close() })
	defer closeBody()
	// A read may wait for bytes that never come.
	defer context.AfterFunc(ctx, closeBody)()
	j, err := p.begin(ctx)
	if err != nil {
		return err
	}
	defer j.end()
	// What ends the dialogue ends the work in the process, and the pipe with it.
	defer context.AfterFunc(ctx, j.hangUp)()
	var pumping sync.WaitGroup
	pumping.Go(func() { j.pump(ctx, body, fail) })
	err = j.work(ctx, fail, p.request(ctx, dir, b, limit), b)
	if err != nil {
		fail(err) // unless something else was the cause of that
		err = context.Cause(ctx)
	}
	fail(nil) // nobody reads the blob any more
	pumping.Wait()
	return err
}

// request describes a blob.
func (p *Process) request(ctx context.Context, dir string, b layer.Blob, limit int64) request {
	r := request{
		Dir: dir, Level: string(p.level), Digest: b.Digest, DiffID: b.DiffID, MediaType: b.MediaType, Size: b.Size,
		Limit: limit, Nicer: max(0, background.Steps(ctx)-background.Steps(p.ctx)),
	}
	if b.Budget != nil {
		r.Budget = &budget{b.Budget.Most, b.Budget.Taken(), b.Budget.BytesWhy, b.Budget.FilesBy}
	}
	return r
}

// job is a blob that the process works on.
type job struct {
	*running
	dialogue *net.UnixConn
	blob     *os.File // a pipe
	end      func()
}

// begin hands a socket and a pipe over to a process.
func (p *Process) begin(ctx context.Context) (*job, error) {
	r, err := p.take()
	if err != nil {
		return nil, err
	}
	j := &job{running: r}
	j.end = func() {
		j.hangUp()
		p.give(r)
	}
	dialogue, theirs, err := socketPair(unix.SOCK_STREAM)
	if err != nil {
		p.give(r)
		return nil, err
	}
	j.dialogue = dialogue
	defer theirs.Close()
	read, write, err := os.Pipe()
	if err != nil {
		j.end()
		return nil, err
	}
	j.blob = write
	defer read.Close()
	if err := r.send(theirs, read); err != nil {
		j.end()
		return nil, j.ended(ctx, err)
	}
	return j, nil
}

// hangUp ends the dialogue.
func (j *job) hangUp() {
	_ = j.dialogue.Close()
	if j.blob != nil {
		_ = j.blob.Close()
	}
}

// ended explains why nothing more is to be heard, by the end of the process if that has ended.
func (j *job) ended(ctx context.Context, err error) error {
	gone := time.NewTimer(10 * time.Second) // one that hangs up ends, or is not one of ours
	defer gone.Stop()
	select {
	case <-j.running.ended:
		return fmt.Errorf("%w (%v)", layer.ErrUnpackerEnded, j.state)
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-gone.C:
		return fmt.Errorf("unpacking in another process: %w", err)
	}
}

const blobChunk = 128 << 10

// pump copies the blob into the pipe. Whatever the process does not take any more, it has
// said why.
func (j *job) pump(ctx context.Context, body io.Reader, fail context.CancelCauseFunc) {
	defer j.blob.Close()
	buf := make([]byte, blobChunk)
	var done int64
	for idle := 0; ; {
		n, err := body.Read(buf)
		if n > 0 {
			idle = 0
			if _, err := j.blob.Write(buf[:n]); err != nil {
				return
			}
			done += int64(n)
		} else if idle++; err == nil && idle > 100 {
			err = io.ErrNoProgress
		}
		if err == io.EOF {
			return
		}
		if err != nil {
			fail(fmt.Errorf("reading its blob at byte %d: %w", done, err))
			return
		}
	}
}

// work has the process unpack a blob, and lets it have what it asks for meanwhile.
func (j *job) work(ctx context.Context, fail context.CancelCauseFunc, r request, b layer.Blob) (err error) {
	to := &writer{to: j.dialogue}
	if err := to.line(r); err != nil {
		return j.ended(ctx, err)
	}
	lent := &lending{fail: fail, windows: b.Windows, to: j.dialogue}
	defer lent.end()
	var over context.CancelFunc
	lent.ctx, over = context.WithCancel(ctx)
	defer over()
	shared := &taking{budget: b.Budget}
	defer func() {
		if err != nil {
			shared.giveBack()
		}
	}()
	from := bufio.NewReaderSize(j.dialogue, maxLine)
	for {
		var m message
		if err := readLine(from, &m); errors.As(err, new(*wrongLine)) {
			return fmt.Errorf("unpacking in another process: %w", err)
		} else if err != nil {
			return j.ended(ctx, err)
		}
		if err := shared.take(m.Taken); err != nil {
			return err
		}
		switch {
		case m.Window > 0:
			if err := lent.lend(m.Window); err != nil {
				return err
			}
		case m.Released > 0:
			if err := lent.back(m.Released); err != nil {
				return err
			}
		case m.Failed != nil:
			return m.Failed.Arrived(asked()...)
		case m.Done:
			return nil
		}
	}
}

// taking takes from the budget of an image what the process says.
type taking struct {
	budget *layer.Budget // nil: there is none
	taken  layer.Amount
}

func (t *taking) take(all *layer.Amount) error {
	if t.budget == nil || all == nil {
		return nil
	}
	if all.Bytes < 0 || all.Entries < 0 || all.Metadata < 0 {
		return fmt.Errorf("unpacking in another process: it has taken %+v", *all)
	}
	more := all.Less(t.taken)
	t.taken = *all
	return t.budget.Take(more)
}

func (t *taking) giveBack() {
	if t.budget != nil {
		t.budget.GiveBack(t.taken)
	}
}
