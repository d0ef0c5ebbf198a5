package assembly

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/background/processes"
	"lxdocker/internal/block"
	"lxdocker/internal/failure"
	"lxdocker/internal/guest"
	"lxdocker/internal/layer"
	"lxdocker/internal/lxdimage"
	"lxdocker/internal/rootfs"
)

// askedProcess is the environment variable that makes the test program a process of a test.
const askedProcess = "ASSEMBLY_TEST_PROCESS"

func TestMain(m *testing.M) {
	switch says := os.Getenv(askedProcess); says {
	case "":
		os.Exit(m.Run())
	case "serve":
		if err := Serve(context.Background(), os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	case "nothing":
		_, _ = io.Copy(io.Discard, os.Stdin) // until nobody waits any more
		select {}
	default:
		b := make([]byte, 1)
		_, _ = os.Stdin.Read(b)
		frames, _ := hex.DecodeString(says)
		_, _ = os.Stdout.Write(frames)
	}
}

// process is a Command of the test program.
func process(says string) Command {
	return func(ctx context.Context) *exec.Cmd {
		cmd := exec.CommandContext(ctx, "/proc/self/exe")
		cmd.Env = append(os.Environ(), askedProcess+"="+says)
		cmd.Stderr = os.Stderr
		return cmd
	}
}

// files is an output in memory.
type files struct {
	t    *testing.T
	all  map[string]*bytes.Buffer
	open int
}

func (f *files) Create(kind, name string) (io.WriteCloser, error) {
	b := new(bytes.Buffer)
	f.all[kind+" "+name] = b
	f.open++
	return &opened{b, f}, nil
}

func (f *files) Note(write func(io.Writer) error) error {
	b := new(bytes.Buffer)
	f.all["note"] = b
	return write(b)
}

func (f *files) Scratch() string { return f.t.TempDir() }

type opened struct {
	*bytes.Buffer
	of *files
}

func (o *opened) Close() error { o.of.open--; return nil }

// WriteFrom checks what could be shared with a layer.
func (o *opened) WriteFrom(p []byte, src io.ReaderAt, off int64) (int, error) {
	there := make([]byte, len(p))
	if _, err := src.ReadAt(there, off); err != nil || !bytes.Equal(there, p) {
		o.of.t.Errorf("at %d of the layer are other bytes, %v", off, err)
	}
	return o.Write(p)
}

// watcher adds up what it is told.
type watcher struct {
	steps []string
	done  int64
}

func (w *watcher) Step(name string, bytes int64) {
	w.steps = append(w.steps, fmt.Sprint(name, " ", bytes))
}
func (w *watcher) Add(n int64) { w.done += n }

// packs makes layers of which the upper one replaces a file of the lower one.
func packs(t *testing.T) []*layer.Pack {
	t.Helper()
	cache, err := layer.Open(t.TempDir(), 0, block.NewCodec(block.Fast))
	if err != nil {
		t.Fatal(err)
	}
	random := rand.NewChaCha8([32]byte{1})
	var all []*layer.Pack
	for n := range 2 {
		var blob bytes.Buffer
		w := tar.NewWriter(&blob)
		add := func(h tar.Header, content []byte) {
			h.Size = int64(len(content))
			if err := errors.Join(w.WriteHeader(&h), wrote(w.Write(content))); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 300 {
			add(tar.Header{Name: fmt.Sprintf("dir%d/%d", n, i), Mode: 0o644, Uid: 70000 * n}, []byte(strings.Repeat("text ", i)))
		}
		large := make([]byte, 5<<20) // more than is copied at once
		_, _ = random.Read(large)
		add(tar.Header{Name: "large", Mode: 0o755}, large)
		add(tar.Header{Name: "link", Linkname: "large", Typeflag: tar.TypeLink}, nil)
		add(tar.Header{Name: "ping", Mode: 0o755, PAXRecords: map[string]string{"SCHILY.xattr.security.capability": "\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"}}, []byte("ping"))
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		digest := fmt.Sprintf("sha256:%x", sha256.Sum256(blob.Bytes()))
		p, err := cache.Pack(t.Context(), layer.Blob{Digest: digest, DiffID: digest, Size: int64(blob.Len())}, func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(&blob), nil
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = p.Close() })
		all = append(all, p)
	}
	return all
}

func wrote(_ int, err error) error { return err }

func work(format lxdimage.Format) Work {
	return Work{
		Digests: []string{"sha256:1", "sha256:2"}, Format: format,
		Process:  guest.Process{Entrypoint: []string{"/ping", "a b\x01"}, Env: []string{"A=\u00ff"}},
		Busybox:  []byte("\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 9) + "\x02\x00\x3e\x00"), // for amd64
		Metadata: lxdimage.Metadata{Architecture: "amd64", CreationDate: 1, Properties: map[string]string{"os": "web"}},
	}
}

func TestAProcessOfItsOwnMakesTheSameFiles(t *testing.T) {
	layers := packs(t)
	for _, format := range []lxdimage.Format{lxdimage.Squashfs, lxdimage.Tar, lxdimage.Gzip} {
		w := work(format)
		here, apart := &files{t: t, all: map[string]*bytes.Buffer{}}, &files{t: t, all: map[string]*bytes.Buffer{}}
		var saidHere, saidApart watcher
		idmap, err := w.Do(t.Context(), layers, block.NewCodec(block.Fast), here, &saidHere)
		if err != nil {
			t.Fatal(err)
		}
		other, err := w.DoApart(t.Context(), process("serve"), processes.New(), layers, block.Fast, apart, &saidApart)
		if err != nil {
			t.Fatal(err)
		}
		if other != idmap || idmap != "70001" {
			t.Errorf("%s: the map has %q and %q", format, idmap, other)
		}
		if fmt.Sprint(saidHere) != fmt.Sprint(saidApart) {
			t.Errorf("%s: people are told %v, and apart %v", format, saidHere, saidApart)
		}
		if len(here.all) != len(apart.all) || here.open != 0 || apart.open != 0 {
			t.Errorf("%s: %d files and %d, of which %d and %d are open", format, len(here.all), len(apart.all), here.open, apart.open)
		}
		for name, content := range here.all {
			if got := apart.all[name]; got == nil || !bytes.Equal(content.Bytes(), got.Bytes()) {
				t.Errorf("%s: %s is another file", format, name)
			}
		}
		if format == lxdimage.Squashfs && len(here.all) != 4 {
			t.Errorf("%d files", len(here.all))
		}
	}
}

func TestFailuresMeanTheSameApart(t *testing.T) {
	layers := packs(t)
	for name, c := range map[string]struct {
		spoil func(w *Work)
		is    error
		kind  failure.Kind
	}{
		"a limit":        {func(w *Work) { w.Limits = rootfs.Limits{Entries: 10, FilesBy: "--max-files"} }, nil, failure.TooLarge},
		"an expectation": {func(w *Work) { w.Limits.Expected = &rootfs.Limits{Entries: 10, Metadata: 1 << 20} }, rootfs.ErrLarger, failure.Internal},
		"no program":     {func(w *Work) { w.Process.StopSignal = "SIGNONE" }, nil, failure.Internal},
	} {
		w := work(lxdimage.Squashfs)
		c.spoil(&w)
		_, here := w.Do(t.Context(), layers, block.NewCodec(block.Fast), &files{t: t, all: map[string]*bytes.Buffer{}}, new(watcher))
		_, apart := w.DoApart(t.Context(), process("serve"), processes.New(), layers, block.Fast, &files{t: t, all: map[string]*bytes.Buffer{}}, new(watcher))
		if here == nil || apart == nil || here.Error() != apart.Error() || failure.PublicText(here) != failure.PublicText(apart) {
			t.Errorf("%s:\n%v (%s), apart\n%v (%s)", name, here, failure.PublicText(here), apart, failure.PublicText(apart))
		}
		if failure.KindOf(apart) != c.kind || c.is != nil && !errors.Is(apart, c.is) {
			t.Errorf("%s: %v, %v", name, failure.KindOf(apart), apart)
		}
	}
}

func TestALayerThatIsGoneIsDamaged(t *testing.T) {
	layers := packs(t)
	if err := os.RemoveAll(layers[1].Dir()); err != nil {
		t.Fatal(err)
	}
	_, err := work(lxdimage.Squashfs).DoApart(t.Context(), process("serve"), processes.New(), layers, block.Fast, &files{t: t, all: map[string]*bytes.Buffer{}}, new(watcher))
	if !errors.Is(err, block.ErrDamaged) {
		t.Errorf("%v", err)
	}
}

func TestAProcessIsNotBelieved(t *testing.T) {
	layers := packs(t)
	for name, says := range map[string]string{
		"nothing, and it ends":           "\x00",
		"a file without an end":          "c\x15{\"Kind\":\"squashfs\"}  d\x02\"\"",
		"bytes of no file":               "w\x01a",
		"a frame of 4 GiB":               "c\xff\xff\xff\xff\x0f",
		"a length without an end":        "c\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
		"a frame that breaks off":        "c\x15{\"Kind\":",
		"what is no JSON":                "c\x02{{",
		"bytes of a layer there is not":  "c\x13{\"Kind\":\"squashfs\"}s\x1b{\"Pack\":2,\"Length\":1000000}",
		"bytes before a layer":           "c\x13{\"Kind\":\"squashfs\"}s\x1b{\"Pack\":0,\"Offset\":-1000000}",
		"bytes behind a layer":           "c\x13{\"Kind\":\"squashfs\"}s\x2a{\"Pack\":0,\"Offset\":99999999999,\"Length\":1}",
		"more bytes of a layer than may": "c\x13{\"Kind\":\"squashfs\"}s\x1b{\"Pack\":0,\"Length\":9999999}",
		"a note without an end":          "n\x00d\x02\"\"",
		"no note of a file":              "c\x13{\"Kind\":\"squashfs\"}q\x02\"\"",
		"a note that breaks off":         "n\x00w\x01a",
		"a kind of frame there is not":   "c\x13{\"Kind\":\"squashfs\"}?\x00",
	} {
		out := &files{t: t, all: map[string]*bytes.Buffer{}}
		_, err := work(lxdimage.Squashfs).DoApart(t.Context(), process(hex.EncodeToString([]byte(says))), processes.New(), layers, block.Fast, out, new(watcher))
		if err == nil || !strings.Contains(err.Error(), "assembling in a process of its own") {
			t.Errorf("%s: %v", name, err)
		}
		if out.open != 0 {
			t.Errorf("%s: %d files are open", name, out.open)
		}
	}
}

func TestAProcessEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("somebody else needs the place")
	time.AfterFunc(100*time.Millisecond, func() { cancel(why) })
	var cmd *exec.Cmd
	_, err := work(lxdimage.Squashfs).DoApart(ctx, func(ctx context.Context) *exec.Cmd {
		cmd = process("nothing")(ctx)
		return cmd
	}, processes.New(), nil, block.Fast, &files{t: t, all: map[string]*bytes.Buffer{}}, new(watcher))
	if !errors.Is(err, why) {
		t.Errorf("%v", err)
	}
	if cmd.ProcessState == nil {
		t.Error("nobody has waited for it")
	}
}

func TestAProcessThatCannotStartIsAnError(t *testing.T) {
	_, err := work(lxdimage.Squashfs).DoApart(t.Context(), func(ctx context.Context) *exec.Cmd {
		return exec.CommandContext(ctx, filepath.Join(t.TempDir(), "none"))
	}, processes.New(), nil, block.Fast, &files{t: t, all: map[string]*bytes.Buffer{}}, new(watcher))
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}
