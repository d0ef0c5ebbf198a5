package rootfs

import "math"

// pack keeps an inode that was admitted, and returns its number.
func (f *forest) pack(ino *Inode) uint32 {
	p := packed{
		uid: ino.UID, gid: ino.GID, modTime: uint32(ino.ModTime), layer: uint16(ino.Layer),
		mode: uint16(ino.Mode) | uint16(ino.Kind)<<kindShift,
	}
	switch ino.Kind {
	case File:
		if ino.Content != nil {
			p.lot, p.payload = f.keep(ino.Content)
			p.payload++
		}
	case Symlink:
		p.payload = uint32(f.texts.addString(ino.Target))
	case CharDevice, BlockDevice:
		p.payload = f.devices.add([2]uint32{ino.Major, ino.Minor})
	}
	n := f.inodes.put(p)
	if ino.Xattrs != nil {
		if f.xattrs == nil {
			f.xattrs = make(map[uint32]map[string]string)
		}
		f.xattrs[n] = ino.Xattrs
	}
	return n
}

// retain counts a node that has an inode.
func (f *forest) retain(inode uint32) uint32 {
	if p := f.inodes.at(inode &^ impliedDir); p.links < math.MaxUint16 {
		p.links++
	}
	return inode
}

// release releases an inode that no node has any more.
func (f *forest) release(inode uint32) {
	n := inode &^ impliedDir
	p := f.inodes.at(n)
	if n == 0 || p.links == math.MaxUint16 { // nobody knows how many there are
		return
	}
	if p.links--; p.links > 0 {
		return
	}
	if p.kind() == File && p.payload != 0 {
		f.forget(p.lot, p.payload-1)
	}
	delete(f.xattrs, n)
	f.inodes.release(n)
}

// unpack makes an inode of what is kept of it.
func (f *forest) unpack(n uint32) *Inode { return f.unpackInto(new(Inode), n) }

func (f *forest) unpackInto(ino *Inode, n uint32) *Inode {
	p := f.inodes.at(n)
	*ino = Inode{
		Kind: p.kind(), Mode: uint32(p.mode) & 0o7777, UID: p.uid, GID: p.gid,
		ModTime: int64(p.modTime), Layer: int32(p.layer), Number: n,
	}
	switch ino.Kind {
	case File:
		if p.payload != 0 {
			ino.Content = f.lots[p.lot].Content(p.payload - 1)
		}
	case Symlink:
		ino.Target = string(f.texts.at(text(p.payload)))
	case CharDevice, BlockDevice:
		device := f.devices.at(p.payload)
		ino.Major, ino.Minor = device[0], device[1]
	}
	if f.xattrs != nil {
		ino.Xattrs = f.xattrs[n]
	}
	return ino
}

// link is where a node leads, if it is a symbolic link.
func (f *forest) link(n number) (target []byte, ok bool) {
	p := f.inodes.at(f.inodeOf(n))
	if p.kind() != Symlink {
		return nil, false
	}
	return f.texts.at(text(p.payload)), true
}
