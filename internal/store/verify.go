package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"lxdocker/internal/image"
)

// ErrDamaged says that the bytes of a version are not those that were published.
var ErrDamaged = errors.New("a published version is damaged")

// Damagef is such an error in other words.
func Damagef(format string, args ...any) error { return damage{fmt.Errorf(format, args...)} }

// damage is such an error in its own words.
type damage struct{ error }

func (d damage) Unwrap() error      { return d.error }
func (damage) Is(target error) bool { return target == ErrDamaged }

// Forgetter is content that a store can read from its disk again, and not from memory.
type Forgetter interface{ Forget() }

// Identified is content that a store may have under several paths.
type Identified interface {
	// Identity is the same for paths that are one file, and for no others; it can be
	// compared.
	Identity() any
}

// VerifyFile reads one file of a version, as Verify does.
func VerifyFile(ctx context.Context, s Store, v image.Version, f image.File, watch ...func(bytes int64)) error {
	c := &check{store: s, version: v, watch: watch}
	if err := c.file(ctx, f, io.Discard); err != nil {
		return fmt.Errorf("verifying %s: %w", v.Dir(), err)
	}
	return nil
}

// Verify reads all files of a version and compares their sizes, hashes and the
// fingerprints with what the version says. It tells all that is wrong, and each
// watch how many more bytes were read. It is fs.ErrNotExist if the version was
// removed before it was read to the end, and ErrDamaged if a byte is wrong.
func Verify(ctx context.Context, s Store, v image.Version, watch ...func(bytes int64)) error {
	if err := v.Check(); err != nil {
		return fmt.Errorf("verifying %.100s: %w", v.Name, err)
	}
	c := &check{store: s, version: v, watch: watch}
	var errs []error
	for _, i := range v.Forms() {
		for _, err := range c.form(ctx, i) {
			// The metadata, which two forms share, are read twice; they are small.
			if !slices.ContainsFunc(errs, func(e error) bool { return e.Error() == err.Error() }) {
				errs = append(errs, err)
			}
		}
	}
	if delta, ok := v.File(image.Delta); ok {
		errs = append(errs, c.file(ctx, delta, io.Discard))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("verifying %s: %w", v.Dir(), err)
	}
	return nil
}

// check is the verifying of one version.
type check struct {
	store   Store
	version image.Version
	watch   watcher
}

// form says all that is wrong with one form of the version.
func (c *check) form(ctx context.Context, i image.Form) (errs []error) {
	all := sha256.New()
	for _, f := range i.Files {
		if err := c.file(ctx, f, all); err != nil {
			errs = append(errs, err)
		}
	}
	if sum := hex.EncodeToString(all.Sum(nil)); len(errs) == 0 && sum != i.Fingerprint {
		errs = append(errs, damage{fmt.Errorf("the files make fingerprint %s, the version says %s", sum, i.Fingerprint)})
	}
	return errs
}

// file reads one file, into all as well.
func (c *check) file(ctx context.Context, f image.File, all io.Writer) error {
	p, err := c.store.OpenFile(ctx, c.version.Path(f))
	if err != nil {
		return err
	}
	defer p.Close()
	if f, ok := p.Content.(Forgetter); ok {
		// The page cache may be right where the disk is wrong; and this reading should not
		// displace what clients download.
		f.Forget()
		defer f.Forget()
	}
	own := sha256.New()
	size, err := io.Copy(io.MultiWriter(own, all, c.watch), UntilDone(ctx, NewReader(p)))
	if err != nil {
		return fmt.Errorf("reading %s: %w", f.Name, err)
	}
	if sum := hex.EncodeToString(own.Sum(nil)); size != f.Size || sum != f.SHA256 {
		return damage{fmt.Errorf("%s has %d bytes with sha256 %s, the version says %d and %s", f.Name, size, sum, f.Size, f.SHA256)}
	}
	return nil
}

// watcher tells how much is written to it.
type watcher []func(bytes int64)

func (w watcher) Write(p []byte) (int, error) {
	for _, tell := range w {
		tell(int64(len(p)))
	}
	return len(p), nil
}

// UntilDone reads r until the context ends, whose error that is then.
func UntilDone(ctx context.Context, r io.Reader) io.Reader { return &contextReader{ctx, r} }

type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
