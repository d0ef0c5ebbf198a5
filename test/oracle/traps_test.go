package oracle_test

import (
	"archive/tar"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func made(kind byte, name, linkname, body string) member {
	return member{tar.Header{
		Typeflag: kind, Name: name, Linkname: linkname, Size: int64(len(body)), Mode: 0o755, ModTime: time.Unix(1e9, 0), Format: tar.FormatPAX,
	}, body}
}

func file(name, body string) member       { return made(tar.TypeReg, name, "", body) }
func folder(name string) member           { return made(tar.TypeDir, name, "", "") }
func symlink(name, target string) member  { return made(tar.TypeSymlink, name, target, "") }
func hardlink(name, target string) member { return made(tar.TypeLink, name, target, "") }
func whiteout(name string) member         { return file(name, "") }

func with(m member, xattrs map[string]string) member {
	m.setXattrs(xattrs)
	return m
}

// trap is one of the traps of merging layers (docs/traps.md).
type trap struct {
	behaviour string
	oracles   map[string]unpacker // those that do what users of Docker expect; see the package comment
	stack     stack
}

func traps() []trap {
	all := map[string]unpacker{"go-archive": goArchive, "umoci": umoci, "overlay2": overlay2}
	both := map[string]unpacker{"go-archive": goArchive, "umoci": umoci} // into one folder
	docker := map[string]unpacker{"go-archive": goArchive, "overlay2": overlay2}
	onlyUmoci := map[string]unpacker{"umoci": umoci}
	apart := map[string]unpacker{"overlay2": overlay2}
	usrMerged := []member{folder("usr"), folder("usr/lib"), file("usr/lib/old", ""), symlink("lib", "usr/lib")}
	links := []member{file("t1", "old"), hardlink("t2", "t1"), hardlink("t3", "t1")}
	linked := []member{folder("d"), file("d/f", ""), symlink("link", "d")}
	two := []member{folder("a"), file("a/a", ""), folder("b"), file("b/a", "")}
	return []trap{
		{"T1 opaque whiteout first", all, stack{{folder("d"), file("d/old", "")}, {folder("d"), whiteout("d/.wh..wh..opq"), file("d/new", "")}}},
		{"T1 opaque whiteout last", all, stack{{folder("d"), file("d/old", "")}, {folder("d"), file("d/new", ""), whiteout("d/.wh..wh..opq")}}},
		{"T1 opaque before the directory that replaces a link", apart, stack{linked, {whiteout("link/.wh..wh..opq"), folder("link")}}},
		{"T1 opaque after the directory that replaces a link", all, stack{linked, {folder("link"), whiteout("link/.wh..wh..opq")}}},
		{"T1 whiteout before the directory that replaces a link", apart, stack{linked, {whiteout("link/.wh.f"), folder("link")}}},
		{"T1 opaque through a link in the parents", apart, stack{{folder("d"), folder("d/e"), file("d/e/f", ""), symlink("link", "d")}, {whiteout("link/e/.wh..wh..opq"), folder("link")}}},
		{"T1 whiteout before the link that replaces its directory", all, stack{two, {whiteout("a/.wh.a"), symlink("a", "/b")}}},
		{"T1 whiteout in a directory that is not there", docker, stack{two, {whiteout("c/.wh.a")}}},
		{"T2 deleted and made again", all, stack{{folder("d"), file("d/secret", "s")}, {whiteout(".wh.d")}, {folder("d"), file("d/new", "")}}},
		{"T3 one name replaced", all, stack{links, {file("t1", "new")}}},
		{"T4 first name deleted", all, stack{links, {whiteout(".wh.t1")}}},
		{"T4 and linked again", both, stack{links, {whiteout(".wh.t1")}, {hardlink("t4", "t3")}}},
		{"T6 file below a linked directory", all, stack{append(usrMerged, file("lib/new", ""))}},
		{"T7 file below a directory that is a link in a lower layer", apart, stack{usrMerged, {file("lib/new", "")}}},
		{"T7 whiteout below a directory that is a link in a lower layer", apart, stack{usrMerged, {whiteout("lib/.wh.old")}}},
		{"T7 directory over a symlink", all, stack{usrMerged, {folder("lib"), file("lib/new", "")}}},
		{"T8 file over directory", all, stack{{folder("a"), file("a/b", "")}, {file("a", "")}}},
		{"T8 directory over file", all, stack{{file("a", "")}, {folder("a"), file("a/b", "")}}},
		{"T8 symlink over directory", all, stack{{folder("a"), file("a/b", "")}, {symlink("a", "b")}}},
		{"T8 file over directory, and a directory again", apart, stack{two, {file("a", ""), folder("a")}}},
		{"T9 absolute link", all, stack{{folder("etc"), symlink("localetc", "/etc"), file("localetc/f", "x")}}},
		{"T9 link above the root", onlyUmoci, stack{{folder("etc"), symlink("up", "../../../etc"), file("up/f", "x")}}},
		{"T9 names with .. that stay inside", all, stack{{folder("d"), file("d/b", "")}, {file("x/../a", "1"), folder("d"), file("./d/e/../c", "2"), whiteout("d/x/../.wh.b")}}},
		{"T9 names below what looks like a whiteout", all, stack{{file("x", "lower"), folder("d")}, {file(".wh.x/file", "1"), folder("d/.wh..wh..opq"), whiteout("x/../.wh.nothing")}}},
		{"hardlink to a symlink", all, stack{{symlink("s", "nowhere"), hardlink("h", "s")}}},
		{"duplicate names", all, stack{{file("a", "1"), file("./a", "2"), file("/a", "3")}}},
		{"empty layers", all, stack{{}, {file("a", "")}, {}}},
		// Only we do this, or it does not concern unpacking.
		{"T1 whiteout below a link of its own layer", nil, stack{two, {symlink("a", "/b"), whiteout("a/.wh.a")}}},
		{"T5 hardlink before its target", nil, stack{{hardlink("b", "a"), hardlink("d/c", "b"), file("a", "x")}}},
		{"T5 hardlink to a lower layer", nil, stack{{file("a", "x")}, {hardlink("b", "a")}, {file("a", "y")}}},
		{"T8 file below a file", nil, stack{{file("a", "x")}, {file("a/b/c", "y")}}},
		{"T9 names are bytes", nil, stack{{file(`back\slash`, ""), file("new\nline", ""), file("\xff\xfe", ""), file("...", ""), file(" ", ""), file("-rf", ""), file("u\u0308", "")}}},
		{"T10 attributes that stay, and that go", nil, stack{{
			with(file("f", "x"), map[string]string{"security.capability": capability, "user.empty": "", "user.x": "\x00\xff", "security.selinux": "no", "trusted.overlay.opaque": "y", "user.long": strings.Repeat("x", 60_000)}),
			with(folder("d"), map[string]string{"user.x": "1", "system.posix_acl_access": "no"}),
			with(symlink("s", "f"), map[string]string{"user.x": "1"}),
		}}},
		{"T22 entries in /dev", nil, stack{{folder("dev"), made(tar.TypeChar, "dev/null", "", ""), file("dev/shm/x", ""), made(tar.TypeBlock, "srv/loop", "", ""), made(tar.TypeFifo, "srv/pipe", "", "")}, {file("dev/y", "")}}},
	}
}

func TestTraps(t *testing.T) {
	for _, trap := range traps() {
		for name, oracle := range trap.oracles {
			t.Run(trap.behaviour+" by "+name, func(t *testing.T) {
				umask := 0
				if name == "umoci" {
					umask = 0o022
				}
				needRoot(t, umask)
				lines, err := ask(trap.stack, oracle)
				if err != nil || len(lines) > 0 {
					t.Errorf("%v\n%s", err, strings.Join(lines, "\n"))
				}
			})
		}
	}
}

// What GNU tar writes of a folder, in each of its formats, we read as it was.
func TestFoldersArchivedByGNUTar(t *testing.T) {
	needRoot(t, 0o022)
	dir := filepath.Join(t.TempDir(), "folder")
	long := strings.Repeat("long-directory-name/", 12)
	for _, step := range []error{
		os.MkdirAll(filepath.Join(dir, long), 0o751),
		os.WriteFile(filepath.Join(dir, long, strings.Repeat("n", 200)), []byte("x"), 0o640),
		os.WriteFile(filepath.Join(dir, "f"), []byte("text"), 0o600),
		os.Link(filepath.Join(dir, "f"), filepath.Join(dir, "h")),
		os.Symlink(strings.Repeat("../", 60)+"x", filepath.Join(dir, "s")),
		os.WriteFile(filepath.Join(dir, "new\nline \xff"), nil, 0o644),
		os.Truncate(filepath.Join(dir, "f"), 3<<20),
		os.Chmod(filepath.Join(dir, "f"), 0o4711|os.ModeSetuid),
		os.Lchown(filepath.Join(dir, "s"), 3_000_000, 5),
		syscall.Mkfifo(filepath.Join(dir, "p"), 0o600),
		syscall.Mknod(filepath.Join(dir, "c"), syscall.S_IFCHR|0o666, 1<<8|3),
	} {
		if step != nil {
			t.Fatal(step)
		}
	}
	want, err := ofFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, options := range [][]string{{"--format=gnu"}, {"--format=gnu", "--sparse"}, {"--format=posix"}, {"--format=posix", "--sparse"}} {
		t.Run(strings.Join(options, " "), func(t *testing.T) {
			args := append([]string{"--create", "--numeric-owner", "--directory", dir}, options...)
			archive, err := exec.Command("tar", append(args, ".")...).Output()
			if err != nil {
				t.Fatal(err)
			}
			compressed, err := gzipped(archive)
			if err != nil {
				t.Fatal(err)
			}
			tree, done, err := merge(t.TempDir(), []blob{{archive, compressed}})
			defer done()
			if err != nil {
				t.Fatal(err)
			}
			got, err := ofTree(tree)
			if err != nil {
				t.Fatal(err)
			}
			if lines := differences(got, want, time.Now().Unix()+1); len(lines) > 0 {
				t.Error(strings.Join(lines, "\n"))
			}
		})
	}
}
