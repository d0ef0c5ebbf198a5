package unpacking

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/sync/semaphore"
	"golang.org/x/sys/unix"

	"lxdocker/internal/background/processes"
	"lxdocker/internal/block"
	"lxdocker/internal/failure"
	"lxdocker/internal/layer"
)

// inProcess is the environment variable that makes the test program a process of a test.
const inProcess = "UNPACKING_TEST_PROCESS"

// lies precedes what a process says that is not one of ours.
const lies = "lies: "

func TestMain(m *testing.M) {
	switch says := os.Getenv(inProcess); says {
	case "":
		os.Exit(m.Run())
	case "serve":
		if err := Serve(context.Background(), os.NewFile(3, "control"), func(int64) {}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	default:
		tellLies(strings.TrimPrefix(says, lies))
	}
}

// tellLies is a process that says something else than it should, and then waits.
func tellLies(says string) {
	control, _ := connOf(os.NewFile(3, "control"))
	data, oob := make([]byte, 8), make([]byte, unix.CmsgSpace(2*4))
	for {
		n, rights, _, _, err := control.ReadMsgUnix(data, oob)
		if err != nil || n == 0 {
			return
		}
		dialogue, blob, err := filesOf(oob[:rights])
		if err != nil {
			return
		}
		if says == "end" {
			os.Exit(7)
		}
		go func() { _, _ = io.Copy(io.Discard, blob) }()
		_, _ = io.WriteString(dialogue, says)
		if !strings.HasSuffix(says, "\n") {
			return
		}
	}
}

// process is a Process of the test program.
func process(t *testing.T, says string) *Process {
	t.Helper()
	p := New(t.Context(), func() *exec.Cmd {
		cmd := exec.Command("/proc/self/exe")
		cmd.Env = append(os.Environ(), inProcess+"="+says)
		cmd.Stderr = os.Stderr
		return cmd
	}, processes.New(), block.Fast)
	t.Cleanup(func() {
		p.mu.Lock()
		now := p.now
		p.mu.Unlock()
		_ = p.Close()
		if now != nil {
			<-now.ended
		}
	})
	return p
}

// archived is a layer with so many files, and one of size bytes.
func archived(t *testing.T, files, size int, compress func(io.Writer) io.WriteCloser) (layer.Blob, []byte) {
	t.Helper()
	var plain bytes.Buffer
	w := tar.NewWriter(&plain)
	add := func(name string, content []byte) {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	for i := range files {
		add(fmt.Sprint("file", i), []byte(strings.Repeat("text ", i%100)))
	}
	large := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(large)
	add("large", large)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var blob bytes.Buffer
	c := compress(&blob)
	if _, err := c.Write(plain.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return layer.Blob{
		Digest: fmt.Sprintf("sha256:%x", sha256.Sum256(blob.Bytes())), DiffID: fmt.Sprintf("sha256:%x", sha256.Sum256(plain.Bytes())), Size: int64(blob.Len()),
	}, blob.Bytes()
}

func gzipped(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }

// wide makes zstd with windows of 16 MiB.
func wide(w io.Writer) io.WriteCloser {
	z, err := zstd.NewWriter(w, zstd.WithWindowSize(16<<20))
	if err != nil {
		panic(err)
	}
	return z
}

func from(blob []byte) func(context.Context) (io.ReadCloser, error) {
	return func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(blob)), nil }
}

// windows counts what is lent.
type windows struct {
	*semaphore.Weighted
	mu   sync.Mutex
	lent int64
	most int64
}

func (w *windows) Acquire(ctx context.Context, n int64) error {
	if err := w.Weighted.Acquire(ctx, n); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lent += n
	w.most = max(w.most, w.lent)
	return nil
}

func (w *windows) Release(n int64) {
	w.Weighted.Release(n)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lent -= n
}

func newWindows() *windows { return &windows{Weighted: semaphore.NewWeighted(32 << 20)} }

func TestTheFilesAreTheSameAsHere(t *testing.T) {
	p := process(t, "serve")
	for name, compress := range map[string]func(io.Writer) io.WriteCloser{"gzip": gzipped, "zstd": wide} {
		b, blob := archived(t, 3000, 20<<20, compress)
		lent := newWindows()
		b.Windows = lent
		here, apart := t.TempDir(), t.TempDir()
		b.Budget = &layer.Budget{}
		if err := layer.NewLocal(block.NewCodec(block.Fast)).Unpack(t.Context(), here, b, 1<<30, from(blob)); err != nil {
			t.Fatal(err)
		}
		taken, most := b.Budget.Taken(), lent.most
		b.Budget, lent.most = &layer.Budget{}, 0
		if err := p.Unpack(t.Context(), apart, b, 1<<30, from(blob)); err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{"index", "blocks"} {
			want, _ := os.ReadFile(filepath.Join(here, file))
			got, err := os.ReadFile(filepath.Join(apart, file))
			if err != nil || len(want) == 0 || !bytes.Equal(got, want) {
				t.Errorf("%s: %s is another file: %v", name, file, err)
			}
		}
		if got := b.Budget.Taken(); got != taken || taken.Bytes == 0 || taken.Entries != 3001 {
			t.Errorf("%s: it takes %+v of the budget, and here %+v", name, got, taken)
		}
		if lent.most != most || lent.lent != 0 || name == "zstd" && most != 16<<20 {
			t.Errorf("%s: windows of %d bytes, of which %d are not given back; here %d", name, lent.most, lent.lent, most)
		}
	}
}

func TestFailuresMeanTheSameAsHere(t *testing.T) {
	p := process(t, "serve")
	b, blob := archived(t, 300, 1<<20, gzipped)
	cut := b
	cut.Size--
	other := b
	other.DiffID = b.Digest
	broken := errors.New("the cable was pulled")
	for name, c := range map[string]struct {
		blob  layer.Blob
		limit int64
		most  layer.Amount
		open  func(context.Context) (io.ReadCloser, error)
	}{
		"more than may be":     {b, 1 << 10, layer.Amount{}, from(blob)},
		"more than all may be": {b, 1 << 30, layer.Amount{Bytes: 5000}, from(blob)},
		"more files than may":  {b, 1 << 30, layer.Amount{Entries: 100}, from(blob)},
		"a longer blob":        {cut, 1 << 30, layer.Amount{}, from(blob)},
		"another archive":      {other, 1 << 30, layer.Amount{}, from(blob)},
		"a blob that breaks":   {b, 1 << 30, layer.Amount{}, from(append(bytes.Clone(blob[:len(blob)/2]), make([]byte, len(blob)/2)...))},
		"a shorter blob":       {b, 1 << 30, layer.Amount{}, from(blob[:len(blob)/2])},
		"a source that fails": {b, 1 << 30, layer.Amount{}, func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(io.MultiReader(bytes.NewReader(blob[:99]), failing{broken})), nil
		}},
		"a source there is not": {b, 1 << 30, layer.Amount{}, func(context.Context) (io.ReadCloser, error) { return nil, broken }},
		"a source that is idle": {b, 1 << 30, layer.Amount{}, func(context.Context) (io.ReadCloser, error) { return io.NopCloser(failing{nil}), nil }},
	} {
		unpack := func(u layer.Unpacker) error {
			b := c.blob
			b.Windows, b.Budget = newWindows(), &layer.Budget{Most: c.most, BytesWhy: "x", FilesBy: "y"}
			err := u.Unpack(t.Context(), t.TempDir(), b, c.limit, c.open)
			if left := b.Budget.Taken(); left != (layer.Amount{}) {
				t.Errorf("%s: it has %+v of the budget", name, left)
			}
			return err
		}
		here, apart := unpack(layer.NewLocal(block.NewCodec(block.Fast))), unpack(p)
		if here == nil || apart == nil || here.Error() != apart.Error() || failure.PublicText(here) != failure.PublicText(apart) || failure.KindOf(here) != failure.KindOf(apart) ||
			errors.Is(here, layer.ErrOtherBytes) != errors.Is(apart, layer.ErrOtherBytes) || errors.Is(here, broken) != errors.Is(apart, broken) {
			t.Errorf("%s:\n%v (%s), apart\n%v (%s)", name, here, failure.PublicText(here), apart, failure.PublicText(apart))
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestTheContextEndsEverything(t *testing.T) {
	p := process(t, "serve")
	why := errors.New("somebody else needs the place")
	b, blob := archived(t, 300, 1<<20, gzipped)
	for name, c := range map[string]struct {
		open    func(stalled chan<- struct{}) func(context.Context) (io.ReadCloser, error)
		windows func(asked chan<- struct{}) layer.Windows
	}{
		"while the source is silent": {open: func(stalled chan<- struct{}) func(context.Context) (io.ReadCloser, error) {
			return func(context.Context) (io.ReadCloser, error) {
				r, w := io.Pipe()
				go func() { _, _ = w.Write(blob[:1000]); close(stalled) }()
				return r, nil
			}
		}},
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		stalled := make(chan struct{})
		go func() { <-stalled; cancel(why) }()
		b := b
		b.Windows = newWindows()
		if err := p.Unpack(ctx, t.TempDir(), b, 1<<30, c.open(stalled)); !errors.Is(err, why) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b, blob = archived(t, 10, 1<<20, wide)
	full := newWindows()
	if err := full.Acquire(t.Context(), 32<<20); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	b.Windows = telling{full, func() { cancel(why) }}
	if err := p.Unpack(ctx, t.TempDir(), b, 1<<30, from(blob)); !errors.Is(err, why) {
		t.Errorf("while it waits for a window: %v", err)
	}
	if full.lent != 32<<20 {
		t.Errorf("of the windows, %d bytes are lent", full.lent)
	}
	b.Windows = newWindows()
	if err := p.Unpack(t.Context(), t.TempDir(), b, 1<<30, from(blob)); err != nil {
		t.Errorf("the same process after that: %v", err)
	}
}

type telling struct {
	layer.Windows
	tell func()
}

func (a telling) Acquire(ctx context.Context, n int64) error {
	a.tell()
	return a.Windows.Acquire(ctx, n)
}

func TestTheEndOfAProcessIsNoEnd(t *testing.T) {
	b, blob := archived(t, 300, 1<<20, gzipped)
	b.Windows = newWindows()
	if err := process(t, lies+"end").Unpack(t.Context(), t.TempDir(), b, 1<<30, from(blob)); !errors.Is(err, layer.ErrUnpackerEnded) || !strings.Contains(err.Error(), "exit status 7") {
		t.Errorf("one that ends: %v", err)
	}
	p := process(t, "serve")
	if err := p.Unpack(t.Context(), t.TempDir(), b, 1<<30, from(blob)); err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	first := p.now
	p.mu.Unlock()
	_ = first.control.CloseWrite()
	<-first.ended
	if err := p.Unpack(t.Context(), t.TempDir(), b, 1<<30, from(blob)); err != nil {
		t.Errorf("after its end: %v", err)
	}
	p.mu.Lock()
	second := p.now
	p.mu.Unlock()
	if first == second {
		t.Error("it is the same process")
	}
	p.endIdle(second)
	<-second.ended
	if err := p.Unpack(t.Context(), t.TempDir(), b, 1<<30, from(blob)); err != nil {
		t.Errorf("after it was idle: %v", err)
	}
}

func TestAProcessIsNotBelieved(t *testing.T) {
	b, blob := archived(t, 300, 1<<20, gzipped)
	for name, says := range map[string]string{
		"nothing":                     "",
		"half a line":                 `{"Done":`,
		"what is no JSON":             "}{\n",
		"a line without an end":       strings.Repeat(" ", maxLine+1) + "\n",
		"a window that it has not":    `{"Released":8}` + "\n",
		"two windows at once":         `{"Window":33554432}` + "\n" + `{"Window":33554432}` + "\n" + `{"Window":1}` + "\n",
		"less than nothing":           `{"Taken":{"Bytes":-1}}` + "\n",
		"more than the budget allows": `{"Taken":{"Bytes":1000000000}}` + "\n",
	} {
		b.Windows, b.Budget = newWindows(), &layer.Budget{Most: layer.Amount{Bytes: 1 << 20}}
		err := process(t, lies+says).Unpack(t.Context(), t.TempDir(), b, 1<<30, from(blob))
		if err == nil {
			t.Errorf("%s: it is believed", name)
		}
		if left := b.Budget.Taken(); left != (layer.Amount{}) {
			t.Errorf("%s: it has %+v of the budget", name, left)
		}
	}
}

func TestManyLayersAtOnce(t *testing.T) {
	p := process(t, "serve")
	var all sync.WaitGroup
	for n := range 20 {
		b, blob := archived(t, 100+n, 1<<20, gzipped)
		b.Windows = newWindows()
		all.Go(func() {
			if err := p.Unpack(t.Context(), t.TempDir(), b, 1<<30, from(blob)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}
