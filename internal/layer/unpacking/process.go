package unpacking

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"lxdocker/internal/block"
)

// Command makes the command of a process that serves: package unpacking, Serve, with the
// socket as its third file.
type Command func() *exec.Cmd

// Starter starts a command with the priority of a context; wait is that of the command.
type Starter interface {
	Start(ctx context.Context, cmd *exec.Cmd) (wait func() error, err error)
}

// idle is how long a process stays that nobody needs.
const idle = time.Minute

// Process unpacks layers in another process, which it starts when there is one to unpack,
// and ends when there has been none for a while. It is safe for concurrent use.
type Process struct {
	ctx     context.Context // its priority is that of the process
	command Command
	starter Starter
	level   block.Level

	mu       sync.Mutex
	now      *running // nil: there is none
	reserved int64
}

// running is a process.
type running struct {
	control *net.UnixConn
	jobs    int
	timer   *time.Timer
	ended   chan struct{} // closed when it has
	state   *os.ProcessState
}

// New returns a Process whose packs have a level of compression. The context says what
// priority it has.
func New(ctx context.Context, command Command, starter Starter, level block.Level) *Process {
	return &Process{ctx: ctx, command: command, starter: starter, level: level}
}

// Reserve makes the process keep to so many bytes of memory less, because another one is
// about to take them, until end is called.
func (p *Process) Reserve(bytes int64) (end func()) {
	change := func(by int64) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.reserved += by
		if p.now != nil {
			_ = p.now.reserve(p.reserved) // if it has ended, it takes none
		}
	}
	change(bytes)
	return sync.OnceFunc(func() { change(-bytes) })
}

func (r *running) reserve(bytes int64) error {
	_, err := r.control.Write(binary.LittleEndian.AppendUint64(nil, uint64(bytes)))
	return err
}

// take returns a process that stays until give.
func (p *Process) take() (*running, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r := p.now; r != nil {
		select {
		case <-r.ended:
			p.now = nil
		default:
			r.jobs++
			r.timer.Stop()
			return r, nil
		}
	}
	r, err := p.start()
	if err != nil {
		return nil, fmt.Errorf("starting a process that unpacks layers: %w", err)
	}
	if p.reserved > 0 {
		_ = r.reserve(p.reserved)
	}
	p.now, r.jobs = r, 1
	return r, nil
}

func (p *Process) give(r *running) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.jobs--; r.jobs == 0 {
		r.timer.Reset(idle)
	}
}

// start starts a process. The caller has mu.
func (p *Process) start() (*running, error) {
	control, theirs, err := socketPair(unix.SOCK_SEQPACKET)
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	cmd := p.command()
	cmd.ExtraFiles = []*os.File{theirs}
	wait, err := p.starter.Start(p.ctx, cmd)
	if err != nil {
		_ = control.Close()
		return nil, err
	}
	r := &running{control: control, ended: make(chan struct{})}
	r.timer = time.AfterFunc(time.Hour, func() { p.endIdle(r) })
	r.timer.Stop()
	go func() {
		_ = wait()
		r.state = cmd.ProcessState
		close(r.ended)
		_ = control.Close()
	}()
	return r, nil
}

// endIdle ends a process that nobody needs.
func (p *Process) endIdle(r *running) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.jobs > 0 {
		return
	}
	if p.now == r {
		p.now = nil
	}
	_ = r.control.Close()
}

// Close ends the process when it has nothing more to do.
func (p *Process) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.now == nil {
		return nil
	}
	return p.now.control.CloseWrite()
}

// send hands files over to the process.
func (r *running) send(files ...*os.File) error {
	var fds []int
	for _, f := range files {
		fds = append(fds, int(f.Fd()))
	}
	_, _, err := r.control.WriteMsgUnix([]byte{0}, unix.UnixRights(fds...), nil)
	return err
}

// socketPair makes a pair of sockets of a type: ours, and a file to hand over.
func socketPair(kind int) (ours *net.UnixConn, theirs *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, kind|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	theirs = os.NewFile(uintptr(fds[1]), "socket")
	if ours, err = connOf(os.NewFile(uintptr(fds[0]), "socket")); err != nil {
		_ = theirs.Close()
	}
	return ours, theirs, err
}

// connOf makes a socket of a file, which it closes.
func connOf(f *os.File) (*net.UnixConn, error) {
	defer f.Close()
	c, err := net.FileConn(f)
	if err != nil {
		return nil, err
	}
	u, ok := c.(*net.UnixConn)
	if !ok {
		_ = c.Close()
		return nil, errors.New("it is no Unix socket")
	}
	return u, nil
}
