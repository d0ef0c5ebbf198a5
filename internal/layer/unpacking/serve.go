package unpacking

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"lxdocker/internal/background"
	"lxdocker/internal/block"
	"lxdocker/internal/failure"
	"lxdocker/internal/layer"
)

// Serve unpacks what it is told to on a socket, until that ends and all is done. keep is told
// by how many bytes of memory less it has to do for now.
func Serve(ctx context.Context, control *os.File, keep func(less int64)) error {
	c, err := connOf(control)
	if err != nil {
		return fmt.Errorf("taking over the socket: %w", err)
	}
	defer c.Close()
	s := &server{ctx: ctx, locals: map[block.Level]*layer.Local{}}
	defer s.working.Wait()
	data, oob := make([]byte, 8), make([]byte, unix.CmsgSpace(2*4))
	for {
		n, rights, _, _, err := c.ReadMsgUnix(data, oob)
		switch {
		case err != nil && !errors.Is(err, io.EOF):
			return fmt.Errorf("reading what to do: %w", err)
		case n == 0:
			return nil
		case n == 8:
			s.releaseIdle()
			keep(int64(binary.LittleEndian.Uint64(data)))
		default:
			dialogue, blob, err := filesOf(oob[:rights])
			if err != nil {
				return err
			}
			s.working.Go(func() { s.serve(dialogue, blob) })
		}
	}
}

// filesOf takes over the socket and the pipe of a blob.
func filesOf(rights []byte) (dialogue *net.UnixConn, blob *os.File, err error) {
	messages, err := unix.ParseSocketControlMessage(rights)
	if err != nil || len(messages) != 1 {
		return nil, nil, fmt.Errorf("taking over the files of a blob: %d messages: %w", len(messages), err)
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 2 {
		return nil, nil, fmt.Errorf("taking over the files of a blob: %d files: %w", len(fds), err)
	}
	if err := unix.SetNonblock(fds[1], true); err != nil { // Close ends a Read then
		return nil, nil, os.NewSyscallError("fcntl", err)
	}
	dialogue, err = connOf(os.NewFile(uintptr(fds[0]), "dialogue"))
	return dialogue, os.NewFile(uintptr(fds[1]), "blob"), err
}

// server is what serves.
type server struct {
	ctx     context.Context
	working sync.WaitGroup

	mu     sync.Mutex
	locals map[block.Level]*layer.Local
}

// local returns what unpacks for packs of a level: one for all.
func (s *server) local(level string) (*layer.Local, error) {
	l, err := block.ParseLevel(level)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.locals[l] == nil {
		s.locals[l] = layer.NewLocal(block.NewCodec(l))
	}
	return s.locals[l], nil
}

// releaseIdle frees the memory that is kept from one layer to the next.
func (s *server) releaseIdle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.locals {
		l.ReleaseIdle()
	}
}

// serve unpacks one blob.
func (s *server) serve(dialogue *net.UnixConn, blob *os.File) {
	defer dialogue.Close()
	defer blob.Close()
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	from := bufio.NewReaderSize(dialogue, maxLine)
	var r request
	if readLine(from, &r) != nil {
		return // nobody is there any more
	}
	w := &asking{to: &writer{to: dialogue}, permits: make(chan struct{})}
	go func() {
		defer cancel() // nobody waits for this any more
		for {
			if _, err := from.ReadByte(); err != nil {
				return
			}
			select {
			case w.permits <- struct{}{}:
			case <-ctx.Done():
				return
			}
		}
	}()
	said := s.unpack(background.With(ctx, r.Nicer), r, blob, w)
	_ = w.to.line(said)
}

// unpack says what has become of a blob.
func (s *server) unpack(ctx context.Context, r request, blob *os.File, w *asking) (said message) {
	local, err := s.local(r.Level)
	if err == nil {
		b := layer.Blob{Digest: r.Digest, DiffID: r.DiffID, MediaType: r.MediaType, Size: r.Size, Windows: w}
		begun := func() layer.Amount { return layer.Amount{} }
		if r.Budget != nil {
			b.Budget = &layer.Budget{Most: r.Budget.Most, BytesWhy: r.Budget.BytesWhy, FilesBy: r.Budget.FilesBy}
			_ = b.Budget.Take(r.Budget.Taken) // if that is too much, the next one says so
			begun = func() layer.Amount { return b.Budget.Taken().Less(r.Budget.Taken) }
			defer tell(w.to, begun)()
		}
		err = local.Unpack(ctx, r.Dir, b, r.Limit, func(context.Context) (io.ReadCloser, error) { return blob, nil })
		taken := begun()
		said.Taken = &taken
	}
	if err != nil {
		failed := failure.Carry(err, asked()...)
		return message{Failed: &failed}
	}
	said.Done = true
	return said
}

// often is how often the other process is told how much is taken of a budget that it shares.
const often = 50 * time.Millisecond

// tell tells how much is taken, until it is told to stop.
func tell(to *writer, taken func() layer.Amount) (stop func()) {
	done := make(chan struct{})
	var telling sync.WaitGroup
	telling.Go(func() {
		ticker := time.NewTicker(often)
		defer ticker.Stop()
		var said layer.Amount
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				if now := taken(); now != said {
					said = now
					_ = to.line(message{Taken: &now}) // an error comes with the end
				}
			}
		}
	})
	return func() { close(done); telling.Wait() }
}

// asking asks the other process for windows. It implements layer.Windows.
type asking struct {
	to      *writer
	mu      sync.Mutex // one asks at a time
	permits chan struct{}
}

// Acquire implements layer.Windows.
func (a *asking) Acquire(ctx context.Context, bytes int64) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.to.line(message{Window: bytes}); err != nil {
		return err
	}
	select {
	case <-a.permits:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Release implements layer.Windows.
func (a *asking) Release(bytes int64) { _ = a.to.line(message{Released: bytes}) }
