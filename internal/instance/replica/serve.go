package replica

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Word is the first argument of a program that is to Serve.
const Word = "copy-for-update"

// Sum says how much was copied.
type Sum struct {
	Files int
	Bytes int64
}

// Serve makes copies, and compares them. The arguments are pairs of an original and its copy,
// each as ROOT:NAME, where NAME begins with a slash and no link leads to it. An empty ROOT is
// the root file system below all that is mounted in it. What is in place of a copy goes. It
// prints how many files and bytes there are: "12 4096".
//
// The program is removed first: it is in one of the places.
func Serve(args []string, out io.Writer) error {
	if program, err := os.Executable(); err != nil {
		return fmt.Errorf("finding this program: %w", err)
	} else if err := os.Remove(program); err != nil {
		return fmt.Errorf("removing this program: %w", err)
	}
	root, err := below()
	if err != nil {
		return err
	}
	sum, err := run(args, root)
	if err != nil { // people know no descriptors
		return errors.New(strings.ReplaceAll(err.Error(), root, ""))
	}
	_, err = fmt.Fprintln(out, sum.Files, sum.Bytes)
	return err
}

// run is Serve with a root file system.
func run(args []string, root string) (sum Sum, err error) {
	if len(args)%2 != 0 {
		return sum, fmt.Errorf("there are %d places, which are no pairs", len(args))
	}
	var places []place
	for _, arg := range args {
		p, ok := parse(arg, root)
		if !ok {
			return sum, fmt.Errorf("%q is not ROOT:NAME", arg)
		}
		places = append(places, p)
	}
	for n := 0; n < len(places); n += 2 {
		done, err := replicate(places[n], places[n+1])
		if err != nil {
			return sum, err
		}
		sum.Files += done.Files
		sum.Bytes += done.Bytes
	}
	return sum, nil
}

// replicate makes one copy, has it written to the disk, and compares it.
func replicate(from, to place) (Sum, error) {
	if err := from.reached(); err != nil {
		return Sum{}, err
	}
	if err := to.reach(from); err != nil {
		return Sum{}, err
	}
	c := copier{links: map[inode]string{}}
	if err := c.replace(from.path(), to.path()); err != nil {
		return Sum{}, err
	}
	if err := synced(to.folder()); err != nil {
		return Sum{}, err
	}
	d := comparison{links: map[inode]inode{}, copies: map[inode]inode{}}
	return c.sum, d.top(from.path(), to.path())
}

// synced has the file system that a folder is in written to the disk.
func synced(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.Syncfs(int(f.Fd())); err != nil {
		return fmt.Errorf("writing %s to the disk: %w", folder, err)
	}
	return nil
}
