package programs

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os/exec"
)

// Started is a program that works until its input ends, and says so when it has begun.
type Started struct {
	cmd  *exec.Cmd
	In   io.WriteCloser
	Out  *bufio.Reader // behind Said
	Said string        // its first line
}

// Start starts a program, and waits for its first line.
func Start(cmd *exec.Cmd) (*Started, error) {
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &Started{cmd: cmd, In: in, Out: bufio.NewReader(out)}
	if s.Said, err = s.Out.ReadString('\n'); err != nil {
		return nil, fmt.Errorf("starting %v: it said %q: %w", cmd.Args, s.Said, errors.Join(err, in.Close(), cmd.Wait()))
	}
	return s, nil
}

// Wait waits until it has ended, after all of Out was read.
func (s *Started) Wait() error { return s.cmd.Wait() }
