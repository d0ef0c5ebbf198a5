//go:build e2e

package e2e

import (
	"archive/tar"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"lxdocker/internal/rootfs"
	"lxdocker/internal/squashfs/squashfstest"
)

// TestEverySquashfsIsItsTar: of every image, three programs that are not ours
// read from the squashfs to the last byte what the tar says.
func TestEverySquashfsIsItsTar(t *testing.T) {
	t.Parallel()
	names := []string{"nginx-next"}
	for _, a := range applications {
		names = append(names, a.image)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			cache, out := t.TempDir(), t.TempDir()
			squashfs := filepath.Join(convert(t, labImage(name), "--cache", cache), "rootfs.squashfs")
			if o := program(t, "lxdocker", "convert", labImage(name), "--cache", cache, "--imageformat", "tar", "-o", out); o.code != 0 {
				t.Fatalf("converting to a tar ended with %d\n%v", o.code, o)
			}
			want, err := readTar(filepath.Join(out, "lxd_combined.tar"))
			if err != nil {
				t.Fatal(err)
			}
			if len(want) < 100 && name != "goserver" || want["sbin/init"].Size+want["usr/sbin/init"].Size == 0 {
				t.Fatalf("the tar has only %d names, or no init", len(want))
			}
			for reader, read := range map[string]func(testing.TB, string) map[string]squashfstest.Node{
				"unsquashfs": squashfstest.Unsquashfs, "rdsquashfs": squashfstest.Rdsquashfs, "the kernel": squashfstest.Kernel,
			} {
				if differ := squashfstest.Compare(want, read(t, squashfs)); len(differ) > 0 {
					t.Errorf("%s sees %d differences between the squashfs and the tar:\n%s",
						reader, len(differ), strings.Join(differ[:min(20, len(differ))], "\n"))
				}
			}
			t.Logf("%d names are the same in all", len(want))
		})
	}
}

// readTar says what the root file system in a unified image is.
func readTar(file string) (map[string]squashfstest.Node, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	nodes, links := make(map[string]squashfstest.Node), make(map[string]string)
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
		if nodes[name], err = node(h, r); err != nil {
			return nil, fmt.Errorf("reading %q in %s: %w", name, file, err)
		}
	}
	return nodes, errors.Join(link(nodes, links), count(nodes))
}

func inRootfs(name string) (string, bool) {
	name, ours := strings.CutPrefix(path.Clean(name)+"/", "rootfs/")
	return path.Clean(name), ours
}

func node(h *tar.Header, content io.Reader) (n squashfstest.Node, err error) {
	n = squashfstest.Node{Mode: uint32(h.Mode), UID: uint32(h.Uid), GID: uint32(h.Gid), ModTime: h.ModTime.Unix(), Links: 1}
	switch h.Typeflag {
	case tar.TypeDir:
		n.Kind, n.Links = rootfs.Dir, 2
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

// link gives all names of a file the same node, with the count and the first of them.
func link(nodes map[string]squashfstest.Node, links map[string]string) error {
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

// count gives each directory a link for each directory in it.
func count(nodes map[string]squashfstest.Node) error {
	for name, n := range nodes {
		if n.Kind != rootfs.Dir || name == "." {
			continue
		}
		parent, ok := nodes[path.Dir(name)]
		if !ok {
			return fmt.Errorf("%q is in no directory", name)
		}
		parent.Links++
		nodes[path.Dir(name)] = parent
	}
	return nil
}
