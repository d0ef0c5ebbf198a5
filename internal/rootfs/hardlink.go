package rootfs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"lxdocker/internal/failure"
)

// A hardlink that precedes its target (T5) is a node with an inode of no kind, whose payload
// is the text of its target. On the way from one such link to the next, it is marked.
const onChain = 1

// link makes p a name of target, or a node without a kind that resolveForward will
// fill in.
func (l *applier) link(p *resolvedPath, target string) error {
	if err := l.linked.clean(target); err != nil {
		return fmt.Errorf("hardlink to %q: %w", target, err)
	}
	if p.isRoot() {
		return errors.New("the root can only be a directory")
	}
	n, err := l.targetNode(l.linked.path)
	if err != nil {
		return fmt.Errorf("hardlink to %q: %w", target, err)
	}
	if n != 0 && !l.waits(n) {
		return l.own.share(p, l.own.inodeOf(n), replaceObstacles)
	}
	waiting := l.own.inodes.put(packed{payload: uint32(l.own.texts.add(l.linked.path))})
	if err := l.own.put(p, waiting, replaceObstacles); err != nil {
		return err
	}
	l.forward = append(l.forward, l.own.nodeAt(p.names))
	return nil
}

// waits says whether a node is a hardlink whose target is not known yet.
func (l *applier) waits(n number) bool {
	return l.own.inodeOf(n) != 0 && l.own.inodes.at(l.own.inodeOf(n)).mode <= onChain
}

// targetNode finds the target of a hardlink: a name of the layer, or one of lower layers,
// which overlayfs does not have, but every program that unpacks into one folder. It is 0
// if there is none. As with link(2), a symbolic link is not followed.
func (l *applier) targetNode(path []byte) (number, error) {
	if dir, name, _ := bytes.Cut(path, []byte("/")); string(dir) == aufsLinks && len(name) > 0 && bytes.IndexByte(name, '/') < 0 {
		if n := l.own.child(l.aufs, name); n != 0 {
			return n, nil
		}
	}
	p := &l.target
	for _, t := range [...]*Tree{l.own, l.below} {
		switch err := p.walk(t, path, false); {
		case err != nil:
			return 0, err
		case p.node() == 0:
		case p.isDir():
			return 0, errors.New("it is a directory")
		default:
			return p.node(), nil
		}
	}
	return 0, nil
}

// nodeAt finds the node at a real path. It follows no links.
func (t *Tree) nodeAt(names [][]byte) number {
	n := t.root
	for _, name := range names {
		if n = t.child(n, name); n == 0 {
			return 0
		}
	}
	return n
}

// resolveForward gives hardlinks that precede their targets their inodes. One may lead
// to another, so each chain is followed to its end.
func (l *applier) resolveForward(ctx context.Context) error {
	var chain []number
	for _, n := range l.forward {
		chain = chain[:0]
		for l.waits(n) { // no more if a later entry of the layer replaced it
			l.own.inodes.at(l.own.inodeOf(n)).mode = onChain
			chain = append(chain, n)
			next, err := l.forwardTarget(n)
			if err != nil {
				return failure.Publicf(kindOf(err), "applying entry %q: hardlink to %q: %w", l.own.pathOf(n), l.forwardText(n), err)
			}
			if err := l.ended(ctx); err != nil {
				return err
			}
			n = next
		}
		for _, c := range chain {
			l.own.set(c, l.own.inodeOf(n))
		}
	}
	return nil
}

// forwardText is the target of a hardlink that waits, as a path.
func (l *applier) forwardText(n number) []byte {
	return l.own.texts.at(text(l.own.inodes.at(l.own.inodeOf(n)).payload))
}

// forwardTarget finds the target of a hardlink when the layer is complete.
func (l *applier) forwardTarget(n number) (number, error) {
	next, err := l.targetNode(l.forwardText(n))
	switch {
	case err != nil:
		return 0, err
	case next == 0:
		return 0, errors.New("there is no such file in this layer or in lower ones")
	case l.waits(next) && l.own.inodes.at(l.own.inodeOf(next)).mode == onChain:
		return 0, errors.New("it leads back to itself")
	}
	return next, nil
}

// pathOf is the path of a node from the root above it.
func (f *forest) pathOf(n number) string {
	var names []string
	for ; f.node(n).parent != 0; n = f.node(n).parent {
		names = append(names, string(f.texts.at(f.node(n).name)))
	}
	slices.Reverse(names)
	return strings.Join(names, "/")
}
