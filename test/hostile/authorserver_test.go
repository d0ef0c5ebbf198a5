package hostile

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"lxdocker/internal/server/servertest"
	"lxdocker/test/programs"
)

// built is a folder for the programs that tests build.
var built string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "hostile-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	built = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// imgserver builds the program, once for all tests.
var imgserver = sync.OnceValues(func() (string, error) {
	return filepath.Join(built, "imgserver"), programs.Build(context.Background(), "", built, "lxdocker/cmd/imgserver")
})

// victim is an imgserver that converts what a registry has when it is asked to.
type victim struct {
	*servertest.Process
	t      *testing.T
	dir    string
	shelf  *shelf
	memory *servertest.Meter
}

func newVictim(t *testing.T, s *shelf, flags ...string) *victim {
	t.Helper()
	program, err := imgserver()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	args := append([]string{"--lxdimages", filepath.Join(dir, "images"), "--cache", filepath.Join(dir, "cache"), "--address", "127.0.0.1:0",
		"--on-demand", s.host + "/*", "--on-demand", s.host + "/*/*", "--every", "0", "--no-deltas", "--compression", "fast"}, flags...)
	return startVictim(t, s, program, dir, args...)
}

func startVictim(t *testing.T, s *shelf, program, dir string, args ...string) *victim {
	t.Helper()
	p, err := servertest.Start(program, dir, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	memory := p.MeasureMemory()
	t.Cleanup(memory.Stop)
	return &victim{Process: p, t: t, dir: dir, shelf: s, memory: memory}
}

// answer is what a client was told, and what it cost the server.
type answer struct {
	status int
	text   string // of a refusal
	took   time.Duration
	cpu    time.Duration
	memory int64 // the most that was resident, in bytes, with all processes
	disk   int64 // of the folders of images and layers
	sent   int   // bytes of the layers, or documents
}

func (a answer) String() string {
	said := "the image was made"
	if a.status != 200 {
		said = fmt.Sprintf("%d: %s", a.status, a.text)
	}
	return fmt.Sprintf("for %d KiB the attacker got %.1f s of CPU, %.1f s of time, %d MiB of memory and %d MiB of disk; %s",
		a.sent>>10, a.cpu.Seconds(), a.took.Seconds(), a.memory>>20, a.disk>>20, said)
}

// ask asks for an image, as a client does.
func (v *victim) ask(name string) answer {
	v.t.Helper()
	before, began := cpuOf(v.t, v.PID()), time.Now()
	r, err := v.Client.Get(v.URL + "/1.0/images/" + v.shelf.host + "/" + name)
	if err != nil {
		v.t.Fatalf("%v\n%s", err, v.Output())
	}
	defer r.Body.Close()
	body, _ := io.ReadAll(r.Body)
	a := answer{status: r.StatusCode, took: time.Since(began), cpu: cpuOf(v.t, v.PID()) - before, memory: v.memory.Most(), disk: usage(v.dir), sent: v.shelf.Size(name)}
	var said struct{ Error string }
	if json.Unmarshal(body, &said) == nil {
		a.text = said.Error
	}
	return a
}

// refused asks, and fails unless the image is refused, and the client or the
// log is told why: flags are for the log.
func (v *victim) refused(name string, reasons ...string) answer {
	v.t.Helper()
	a := v.ask(name)
	if a.status == 200 {
		v.t.Errorf("it was not refused: %s", a)
	}
	for _, reason := range reasons {
		if !strings.Contains(a.text, reason) && !v.logs(reason) {
			v.t.Errorf("neither the refusal nor the log says %q: %s", reason, a.text)
		}
	}
	return a
}

// logs says whether something is in the log, or comes while it is on its way.
func (v *victim) logs(text string) bool {
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if strings.Contains(v.Output(), text) {
			return true
		}
		if time.Now().After(end) {
			return false
		}
	}
}

// within fails if an attack cost more, and says what it cost.
func (a answer) within(t *testing.T, cpu time.Duration, memory int64) {
	t.Helper()
	t.Log(a)
	if a.cpu > cpu {
		t.Errorf("it took %v of CPU, more than %v", a.cpu, cpu)
	}
	if a.memory > memory {
		t.Errorf("it took %d MiB of memory, more than %d", a.memory>>20, memory>>20)
	}
}

// cpuOf is how much time a process has computed, with its processes: those that have ended, and
// those that go on, as the one does that unpacks layers.
func cpuOf(t *testing.T, pid int) time.Duration {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	all := ticksOf(t, string(stat))
	tasks, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	for _, task := range tasks {
		children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", pid, task.Name()))
		for child := range strings.FieldsSeq(string(children)) {
			if stat, err := os.ReadFile("/proc/" + child + "/stat"); err == nil { // else it has just ended
				all += ticksOf(t, string(stat))
			}
		}
	}
	return all
}

// ticksOf is what /proc/PID/stat says of the time of a process.
func ticksOf(t *testing.T, stat string) time.Duration {
	t.Helper()
	_, rest, _ := strings.Cut(stat, ") ")
	fields := strings.Fields(rest)
	var ticks int64
	for _, f := range fields[11:15] { // utime, stime, and those of its processes that have ended (proc(5), counted from the state)
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

func usage(dir string) (n int64) {
	_ = filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			n += info.Size()
		}
		return nil
	})
	return n
}
