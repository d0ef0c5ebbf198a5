package assembly

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"

	"lxdocker/internal/block"
	"lxdocker/internal/layer"
	"lxdocker/internal/squashfs"
)

// Command makes the command of a process that serves: package assembly, Serve.
type Command func(ctx context.Context) *exec.Cmd

// Starter starts a command with the priority of a context; wait is that of the command.
type Starter interface {
	Start(ctx context.Context, cmd *exec.Cmd) (wait func() error, err error)
}

// DoApart is Do in a process of its own, which is killed when the context ends.
func (w Work) DoApart(ctx context.Context, command Command, starter Starter, packs []*layer.Pack, level block.Level, out Output, watcher Watcher) (idmap string, err error) {
	r := request{Work: w, Level: string(level), Scratch: out.Scratch()}
	for _, p := range packs {
		r.Packs = append(r.Packs, p.Dir())
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := command(ctx)
	cmd.WaitDelay = time.Second
	in, err := cmd.StdinPipe()
	if err != nil {
		return "", err
	}
	frames, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	wait, err := starter.Start(ctx, cmd)
	if err != nil {
		return "", fmt.Errorf("starting a process that assembles: %w", err)
	}
	// It takes the request whole before it says anything.
	err = json.NewEncoder(in).Encode(r)
	if err == nil {
		l := listener{out: out, watcher: watcher, packs: packs}
		defer l.close()
		idmap, err = l.listen(bufio.NewReaderSize(frames, 1<<16))
	}
	cause := context.Cause(ctx)
	if err != nil {
		cancel()
	}
	_ = in.Close()
	ended := wait()
	var said *failing
	switch {
	case cause != nil:
		return "", cause
	case errors.As(err, &said):
		return "", said.error()
	case err != nil:
		return "", fmt.Errorf("assembling in a process of its own: %w (%v)", err, cmd.ProcessState)
	case ended != nil:
		return "", fmt.Errorf("assembling in a process of its own: %w", ended)
	}
	return idmap, nil
}

// listener writes what a process says.
type listener struct {
	out     Output
	watcher Watcher
	packs   []*layer.Pack
	file    io.WriteCloser // that is being written, or the note; nil: none
	buf     []byte
}

func (l *listener) close() {
	if n, ok := l.file.(*note); ok {
		_ = n.fail(io.ErrUnexpectedEOF)
	} else if l.file != nil {
		_ = l.file.Close()
	}
}

// listen listens until the end. What the other side says of its failure is a *failing.
func (l *listener) listen(r *bufio.Reader) (idmap string, err error) {
	var buf []byte
	for {
		var k frame
		if k, buf, err = read(r, buf); err != nil {
			return "", unexpected(err)
		}
		switch k {
		case finished:
			if l.file != nil {
				return "", errors.New("a file has no end")
			}
			return idmap, json.Unmarshal(buf, &idmap)
		case failed:
			said := new(failing)
			return "", errors.Join(json.Unmarshal(buf, said), said)
		default:
			if err := l.take(k, buf); err != nil {
				return "", err
			}
		}
	}
}

// take does what a frame says.
func (l *listener) take(k frame, data []byte) (err error) {
	switch k {
	case stepped:
		var s step
		err = json.Unmarshal(data, &s)
		l.watcher.Step(s.Name, s.Bytes)
		return err
	case added:
		var n int64
		err = json.Unmarshal(data, &n)
		l.watcher.Add(n)
		return err
	case created:
		var f file
		if err := json.Unmarshal(data, &f); err != nil {
			return err
		}
		l.close()
		l.file, err = l.out.Create(f.Kind, f.Name)
		return err
	case noted:
		l.close()
		l.file = newNote(l.out)
		return nil
	case unnoted:
		var why string
		if n, ok := l.file.(*note); ok {
			l.file = nil
			return errors.Join(json.Unmarshal(data, &why), n.fail(errors.New(why)))
		}
	}
	if l.file == nil {
		return fmt.Errorf("a frame %q without a file", k)
	}
	switch k {
	case written:
		_, err = l.file.Write(data)
	case shared:
		err = l.share(data)
	case closed:
		err, l.file = l.file.Close(), nil
	default:
		err = fmt.Errorf("an unknown frame %q", k)
	}
	return err
}

// note is a note that is being written.
type note struct {
	*io.PipeWriter
	err chan error
}

func newNote(out Output) *note {
	r, w := io.Pipe()
	n := &note{w, make(chan error, 1)}
	go func() {
		err := out.Note(func(to io.Writer) error { return second(io.Copy(to, r)) })
		if err == nil {
			_, _ = io.Copy(io.Discard, r) // it may do without
		}
		_ = r.CloseWithError(err)
		n.err <- err
	}()
	return n
}

func (n *note) Close() error { return n.fail(nil) }

// fail ends the note; nil: as it should end.
func (n *note) fail(why error) error {
	_ = n.CloseWithError(why)
	return <-n.err
}

func second(_ int64, err error) error { return err }

// share writes what a layer has.
func (l *listener) share(data []byte) error {
	var s share
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	if s.Pack < 0 || s.Pack >= len(l.packs) || s.Length < 0 || s.Length > maxFrame || s.Offset < 0 {
		return fmt.Errorf("no layer has %+v", s)
	}
	if cap(l.buf) < s.Length {
		l.buf = make([]byte, s.Length)
	}
	p, blocks := l.buf[:s.Length], l.packs[s.Pack].Blocks()
	if n, err := blocks.ReadAt(p, s.Offset); n < len(p) {
		return fmt.Errorf("reading blocks: %w", unexpected(err))
	}
	var err error
	if w, ok := l.file.(squashfs.Cloner); ok {
		_, err = w.WriteFrom(p, blocks, s.Offset)
	} else {
		_, err = l.file.Write(p)
	}
	return err
}
