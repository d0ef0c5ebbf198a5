package rootfs

import (
	"bytes"
	"context"
	"fmt"
	"iter"

	"lxdocker/internal/failure"
)

// Apply puts one layer on top of the tree. After an error the tree is useless. The end of
// ctx is noticed within some thousand entries.
//
// The result is what dockerd and containerd have on overlayfs (docs/adr/0012): a layer
// is a tree of its own, which is then laid over the one below.
//
//   - Within the layer, entries take effect in order: the last of several with one name
//     wins, and anything that is in the way of a parent directory is replaced by it (T8).
//   - Symbolic links in the parents of a name are followed inside the root, if they are
//     of the same layer (T9). One of a lower layer is replaced by a directory, as is one
//     that has the name of a directory entry (T7): no layer writes through links of the
//     layers below.
//   - A directory over a directory is both, with the metadata of the upper one. Anything
//     else replaces what is below.
//   - Parents without an entry keep what lower layers say of them; otherwise they are
//     0755, owned by root, with the time Epoch.
//   - The root is 0755 and root's, whatever its entry says: in Docker, it is a directory
//     of dockerd's own. An image that was packed from a folder of mode 0700 would keep
//     its user out (T26).
//   - A hardlink may come before its target in the same layer (T5), or have it in a
//     lower one.
//   - Everything in /dev is dropped: the container's own /dev is mounted over it,
//     and device nodes cannot be unpacked without privileges (T22).
//
// Whiteouts are for the tree of the layers below, before anything of their own layer is
// laid over it, wherever in the layer they are (T1): they hide no name of their own
// layer, and follow no symbolic links at all. Their parents are parents like any other.
func (t *Tree) Apply(ctx context.Context, layer iter.Seq2[Entry, error]) error {
	t.layers++
	own := &Tree{forest: t.forest, root: t.forest.root(t.pack(plainDir()) | impliedDir)}
	l := &applier{below: t, own: own, layer: t.layers, aufs: t.forest.root(t.pack(plainDir()))}
	for e, err := range layer {
		if err != nil {
			return fmt.Errorf("reading the layer's entries: %w", err)
		}
		if err := l.apply(&e); err != nil {
			return failure.Publicf(kindOf(err), "applying entry %q: %w", e.Name, err)
		}
		if err := t.check(); err != nil {
			return err
		}
		if err := l.ended(ctx); err != nil {
			return err
		}
	}
	if err := l.resolveForward(ctx); err != nil {
		return err
	}
	if err := l.overlay(ctx, t.root, own.root); err != nil {
		return err
	}
	t.clear(l.aufs)
	t.drop(l.aufs)
	t.drop(own.root)
	t.clearDev()
	return nil
}

// applier applies one layer.
type applier struct {
	below   *Tree // what the lower layers are together, less what whiteouts hid
	own     *Tree // what the layer has
	layer   int32
	forward []number // hardlinks that precede their targets, in the order of the layer
	aufs    number   // a directory of its own of the targets of aufs's hardlinks
	steps   int

	// For the entry that is applied, and then for the next one: there are millions.
	name, linked entryPath    // of the entry and of the hardlink's target
	at, target   resolvedPath // where these are
}

// kindOf is what an error of an entry says about the layer.
func kindOf(err error) failure.Kind {
	if kind := failure.KindOf(err); kind != failure.Internal {
		return kind
	}
	return failure.Corrupt
}

// often is after how many names it is looked whether a context has ended.
const often = 1 << 12

// ended is the error of a context that has ended. It looks only now and then.
func (l *applier) ended(ctx context.Context) error {
	if l.steps++; l.steps%often == 0 && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

func (l *applier) apply(e *Entry) error {
	l.own.chargeEntry(e)
	if err := l.name.clean(e.Name); err != nil {
		return err
	}
	parts := l.name.parts
	switch {
	case isAufs(parts):
		return l.keepAufsLink(parts, e)
	case len(parts) > 0 && bytes.HasPrefix(parts[len(parts)-1], []byte(whiteoutPrefix)):
		return l.whiteout(parts)
	}
	p := &l.at
	if err := p.walk(l.own, l.name.path, false); err != nil {
		return err
	}
	if e.Hardlink != "" {
		return l.link(p, e.Hardlink)
	}
	ino := &e.Inode
	if err := admit(ino); err != nil {
		return err
	}
	if p.isRoot() && ino.Kind == Dir {
		return nil // Docker's / is always the same
	}
	ino.Layer = l.layer
	return l.own.put(p, l.own.pack(ino), replaceObstacles)
}

// overlay lays the entries of an upper directory over those of a lower one, as overlayfs
// merges them: directories become both, anything else is replaced.
func (l *applier) overlay(ctx context.Context, lower, upper number) error {
	t := l.below
	if !t.implied(upper) {
		t.set(lower, t.node(upper).inode)
	}
	for n := t.node(upper).first; n != 0; {
		next := t.node(n).next
		old := t.child(lower, t.texts.at(t.node(n).name))
		switch {
		case t.node(n).inode == 0: // it was replaced in the layer itself
			t.drop(n)
		case old != 0 && t.isDir(old) && t.isDir(n):
			if err := l.overlay(ctx, old, n); err != nil {
				return err
			}
			t.drop(n)
		default:
			t.adopt(lower, n)
		}
		if err := l.ended(ctx); err != nil {
			return err
		}
		n = next
	}
	return nil
}

// clearDev empties /dev, and makes it a directory if it is there (T22). It runs after
// the layer, so that hardlinks elsewhere to a file in /dev are not lost.
func (t *Tree) clearDev() {
	name := []byte("dev")
	dev := t.child(t.root, name)
	switch {
	case dev == 0:
	case t.isDir(dev):
		t.clear(dev)
	default:
		t.attach(t.root, name, t.pack(plainDir()))
	}
}
