package servertest

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Meter looks again and again how much memory a server and its processes take together.
type Meter struct {
	pid  int
	most atomic.Int64
	done chan struct{}
}

// MeasureMemory begins to look. Stop has to be called.
func (p *Process) MeasureMemory() *Meter {
	m := &Meter{pid: p.PID(), done: make(chan struct{})}
	go func() {
		for {
			select {
			case <-m.done:
				return
			case <-time.After(25 * time.Millisecond):
				m.look()
			}
		}
	}()
	return m
}

// Stop ends it.
func (m *Meter) Stop() { close(m.done) }

// Most is the most memory so far, in bytes: no less than the server has had at any moment,
// and with those of its processes that were seen.
func (m *Meter) Most() int64 {
	m.look()
	return m.most.Load()
}

func (m *Meter) look() {
	own := memoryOf(m.pid)
	sum := own.anonymous + own.files
	children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", m.pid))
	tasks, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", m.pid))
	for _, t := range tasks {
		if t.Name() != strconv.Itoa(m.pid) {
			more, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", m.pid, t.Name()))
			children = append(append(children, ' '), more...)
		}
	}
	for pid := range strings.FieldsSeq(string(children)) {
		if n, err := strconv.Atoi(pid); err == nil && !startsNow(m.pid, n) {
			sum += memoryOf(n).anonymous // the program itself is in memory once
		}
	}
	for now := max(sum, own.peak); ; {
		if old := m.most.Load(); now <= old || m.most.CompareAndSwap(old, now) {
			return
		}
	}
}

// startsNow says whether a process is a copy of its parent that has not become a program
// yet: until then, its memory is that of the parent.
func startsNow(parent, child int) bool {
	a, errA := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", parent))
	b, errB := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", child))
	return errA != nil || errB != nil || string(a) == string(b)
}

// memory is that of a process, in bytes.
type memory struct{ anonymous, files, peak int64 }

func memoryOf(pid int) (m memory) {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(status)) {
		var n int64
		name, rest, _ := strings.Cut(line, ":")
		if _, err := fmt.Sscan(rest, &n); err != nil {
			continue
		}
		switch n <<= 10; name {
		case "RssAnon":
			m.anonymous = n
		case "RssFile", "RssShmem":
			m.files += n
		case "VmHWM":
			m.peak = n
		}
	}
	return m
}
