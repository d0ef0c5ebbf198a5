package squashfstest

import (
	"archive/tar"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"lxdocker/internal/rootfs"
)

// OfTar is what readers should find in an image of the root file system that is
// in a unified image, below "rootfs".
func OfTar(file string) (map[string]Node, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	nodes, links := make(map[string]Node), make(map[string]string)
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", file, err)
		}
		name, ours := inRootfs(h.Name)
		if !ours {
			continue
		}
		if _, twice := nodes[name]; twice {
			return nil, fmt.Errorf("%s has %q twice", file, name)
		}
		if h.Typeflag == tar.TypeLink {
			links[name], _ = inRootfs(h.Linkname)
			continue
		}
		if nodes[name], err = ofHeader(h, r); err != nil {
			return nil, fmt.Errorf("reading %q in %s: %w", name, file, err)
		}
	}
	if err := linkNames(nodes, links); err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	for name := range nodes {
		if up, ok := nodes[parent(name)]; !ok || up.Kind != rootfs.Dir {
			return nil, fmt.Errorf("%s has %q, which is in no directory", file, name)
		}
	}
	countDirs(nodes)
	return nodes, nil
}

func inRootfs(name string) (string, bool) {
	name, ours := strings.CutPrefix(path.Clean(name)+"/", "rootfs/")
	return path.Clean(name), ours
}

func ofHeader(h *tar.Header, content io.Reader) (n Node, err error) {
	n = Node{Mode: uint32(h.Mode), UID: uint32(h.Uid), GID: uint32(h.Gid), ModTime: h.ModTime.Unix(), Links: 1}
	switch h.Typeflag {
	case tar.TypeDir:
		n.Kind = rootfs.Dir
	case tar.TypeReg:
		n.Kind = rootfs.File
		hash := sha256.New()
		n.Size, err = io.Copy(hash, content)
		hash.Sum(n.Sum[:0])
	case tar.TypeSymlink:
		n.Kind, n.Target = rootfs.Symlink, h.Linkname
	case tar.TypeChar, tar.TypeBlock:
		n.Kind, n.Major, n.Minor = rootfs.CharDevice, uint32(h.Devmajor), uint32(h.Devminor)
		if h.Typeflag == tar.TypeBlock {
			n.Kind = rootfs.BlockDevice
		}
	case tar.TypeFifo:
		n.Kind = rootfs.FIFO
	default:
		return n, fmt.Errorf("an entry of type %q", h.Typeflag)
	}
	for k, v := range h.PAXRecords {
		if name, ok := strings.CutPrefix(k, "SCHILY.xattr."); ok {
			if n.Xattrs == nil {
				n.Xattrs = make(map[string]string)
			}
			n.Xattrs[name] = v
		}
	}
	return n, err
}

// linkNames gives all names of a file the same node, with the count and the first of them.
func linkNames(nodes map[string]Node, links map[string]string) error {
	names := make(map[string][]string)
	for name, carrier := range links {
		if _, ok := nodes[carrier]; !ok {
			return fmt.Errorf("%q is a link to %q, which is not there", name, carrier)
		}
		names[carrier] = append(names[carrier], name)
	}
	for carrier, others := range names {
		n := nodes[carrier]
		n.Links, n.First = uint32(1+len(others)), carrier
		for _, name := range others {
			n.First = min(n.First, name)
		}
		for _, name := range append(others, carrier) {
			nodes[name] = n
		}
	}
	return nil
}
