package rootfs

import (
	"errors"
	"fmt"
	"strings"
)

// forwardLink is a hardlink that precedes its target (T5).
type forwardLink struct {
	name   string // its real path
	target string
}

// link makes p a name of target, or a node without a kind that resolveForward will
// fill in.
func (l *applier) link(p *resolvedPath, target string) error {
	parts, err := cleanEntryName(target)
	if err != nil {
		return fmt.Errorf("hardlink to %q: %w", target, err)
	}
	if p.isRoot() {
		return errors.New("the root can only be a directory")
	}
	ino, err := l.linkTarget(parts)
	if err != nil {
		return fmt.Errorf("hardlink to %q: %w", target, err)
	}
	if ino != nil {
		return l.own.put(p, ino, replaceObstacles)
	}
	if err := l.own.put(p, &Inode{}, replaceObstacles); err != nil {
		return err
	}
	n := l.own.nodeAt(p.names)
	l.forward[n] = &forwardLink{name: p.String(), target: strings.Join(parts, "/")}
	l.order = append(l.order, n)
	return nil
}

// linkTarget finds the target of a hardlink; nil if it does not exist yet. As with
// link(2), a symbolic link is not followed.
func (l *applier) linkTarget(parts []string) (*Inode, error) {
	if len(parts) == 2 && parts[0] == aufsLinks {
		return l.aufs[parts[1]], nil
	}
	n, err := l.targetNode(parts)
	if n == nil || err != nil || l.forward[n] != nil {
		return nil, err
	}
	return n.inode, nil
}

// targetNode finds the target of a hardlink: a name of the layer, or one of lower layers,
// which overlayfs does not have, but every program that unpacks into one folder. It is nil
// if there is none.
func (l *applier) targetNode(parts []string) (*node, error) {
	for _, t := range []*Tree{l.own, l.below} {
		p, err := t.walkParts(parts, false)
		switch {
		case err != nil:
			return nil, err
		case p.node() == nil:
		case p.node().isDir():
			return nil, errors.New("it is a directory")
		default:
			return p.node(), nil
		}
	}
	return nil, nil
}

// nodeAt finds the node at a real path. It follows no links.
func (t *Tree) nodeAt(parts []string) *node {
	n := t.root
	for _, part := range parts {
		if n = n.children[part]; n == nil {
			return nil
		}
	}
	return n
}

// resolveForward gives hardlinks that precede their targets their inodes. One may lead
// to another, so each chain is followed to its end.
func (l *applier) resolveForward() error {
	for _, n := range l.order {
		var chain []*node
		onChain := make(map[*node]bool)
		for next := n; ; {
			link := l.forward[next]
			if link == nil {
				for _, c := range chain {
					c.inode = next.inode
					delete(l.forward, c)
				}
				break
			}
			if l.own.nodeAt(split(link.name)) != next {
				break // a later entry of this layer replaced it
			}
			chain = append(chain, next)
			onChain[next] = true
			var err error
			if next, err = l.forwardTarget(link); err == nil && onChain[next] {
				err = errors.New("it leads back to itself")
			}
			if err != nil {
				return fmt.Errorf("applying entry %q: hardlink to %q: %w", link.name, link.target, err)
			}
		}
	}
	return nil
}

// forwardTarget finds the target of a hardlink when the layer is complete.
func (l *applier) forwardTarget(link *forwardLink) (*node, error) {
	parts := split(link.target)
	if len(parts) == 2 && parts[0] == aufsLinks {
		if ino := l.aufs[parts[1]]; ino != nil {
			return &node{inode: ino}, nil
		}
	}
	n, err := l.targetNode(parts)
	if n == nil && err == nil {
		err = errors.New("there is no such file in this layer or in lower ones")
	}
	return n, err
}
