package rootfs

import (
	"bytes"
	"context"
	"slices"

	"lxdocker/internal/background"
)

// appendEntries appends the names in a directory, in bytewise order.
func (f *forest) appendEntries(list []number, dir number) []number {
	before := len(list)
	for n := f.node(dir).first; n != 0; n = f.node(n).next {
		if f.node(n).inode != 0 && f.node(n).parent == dir {
			list = append(list, n)
		}
	}
	if added := list[before:]; !slices.IsSortedFunc(added, f.byName) {
		slices.SortFunc(added, f.byName)
	}
	return list
}

func (f *forest) byName(a, b number) int {
	return bytes.Compare(f.texts.at(f.node(a).name), f.texts.at(f.node(b).name))
}

// sort puts the entries of a directory in order, and those of all below it.
func (f *forest) sort(ctx context.Context, dir number) error {
	var list []number
	for n := f.node(dir).first; n != 0; n = f.node(n).next {
		list = append(list, n)
	}
	if err := background.SortFunc(ctx, list, f.byName); err != nil {
		return err
	}
	at := &f.node(dir).first
	for _, n := range list {
		*at = n
		at = &f.node(n).next
	}
	*at = 0
	for n := f.node(dir).first; n != 0; n = f.node(n).next {
		if f.node(n).first == 0 {
			continue
		}
		if err := f.sort(ctx, n); err != nil {
			return err
		}
	}
	return nil
}
