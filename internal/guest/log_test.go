package guest

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/lifecycle"
	"lxdocker/internal/rootfs"
)

// printing is an image whose application is a script for a shell of its own.
func printing(t *testing.T, text string) image {
	return image{
		Process: Process{Entrypoint: []string{"/print"}},
		conf:    "end 15",
		edit: func(tree *rootfs.Tree) {
			usersOfTests(t)(tree)
			must(t, tree.Put("bin/busybox", script(string(busybox(t))+"\n"))) // another file than ours
			must(t, tree.Put("print", script("#!/bin/busybox sh\nPATH=/bin\nb=/bin/busybox\n"+text)))
		},
	}
}

// records gives the lines of the log as they are in its files, from the oldest.
func records(c *container) (list []string) {
	c.t.Helper()
	var files [2]string
	for i := range files {
		b, _ := os.ReadFile(filepath.Join(c.root, ".lxdocker/log", itoa(i)))
		files[i] = string(b)
	}
	var numbers [2]int
	for i := range files {
		fmt.Sscanf(files[i], "# %d\n", &numbers[i])
	}
	if numbers[0] > numbers[1] {
		files[0], files[1] = files[1], files[0]
	}
	for line := range strings.Lines(files[0] + files[1]) {
		if !strings.HasPrefix(line, "# ") && line != "\n" {
			list = append(list, strings.TrimSuffix(line, "\n"))
		}
	}
	return list
}

var record = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (stdout|stderr) ([FP]) (.*)$`)

// logged gives the log without its times.
func logged(c *container) (list []string) {
	c.t.Helper()
	for _, line := range records(c) {
		m := record.FindStringSubmatch(line)
		if m == nil {
			c.t.Errorf("no record: %q", line)
			continue
		}
		list = append(list, m[1]+" "+m[2]+" "+m[3])
	}
	return list
}

// Pagers, prompts and bars look whether there is somebody to read and to answer.
func TestTheApplicationHasNoTerminal(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]Process{"root": {}, "a user": {User: "app"}, "as PID 1": {Supervise: Never}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := printing(t, `
$b readlink /proc/self/fd/0 >/out/stdin
for fd in 1 2; do [ -p /proc/self/fd/$fd ] && echo pipe >>/out/pipes; done
echo again >/dev/stdout && echo error >/dev/stderr
exec /probe`)
			i.User, i.Supervise = p.User, p.Supervise
			c := run(t, i)
			c.waitForLine("ready")
			c.waitFor("its output", func() bool {
				return strings.Contains(c.console.String(), "again\n") && strings.Contains(c.console.String(), "error\n")
			})
			in, _ := os.ReadFile(c.root + "/out/stdin")
			pipes, _ := os.ReadFile(c.root + "/out/pipes")
			if string(in) != "/dev/null\n" || string(pipes) != "pipe\npipe\n" {
				t.Errorf("it reads %q, and prints to %q", in, pipes)
			}
		})
	}
}

func TestWithATTYTheApplicationHasTheConsole(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(i *image){
		"of the image":    func(i *image) { i.TTY = true },
		"of the instance": func(i *image) { i.env = []string{"LXDOCKER_TTY=yes"} },
		"as PID 1":        func(i *image) { i.TTY, i.Supervise = true, Never },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := printing(t, `
(for fd in 0 1 2; do $b readlink /proc/$$/fd/$fd; done) >/out/files 2>/dev/null
echo hello; exec /probe`)
			edit(&i)
			i.containerCommands = [][]string{{"sh", "-c", "for fd in 0 1; do /busybox-lxd readlink /proc/$PPID/fd/$fd; done >/out/console"}}
			c := run(t, i)
			c.waitForLine("ready")
			c.waitFor("its output", func() bool { return strings.Contains(c.console.String(), "hello\n") })
			got, err := os.ReadFile(c.root + "/out/files")
			must(t, err)
			want, err := os.ReadFile(c.root + "/out/console")
			must(t, err)
			in, out, _ := strings.Cut(string(want), "\n")
			_, out2, _ := strings.Cut(string(got), "\n")
			if !strings.HasPrefix(string(got), in+"\n") || !strings.HasSuffix(out2, out) {
				t.Errorf("it has %q, the console is %q", got, want)
			}
		})
	}
}

// The log has what the application printed and what init said, from which stream.
func TestTheLogHasEveryLineWithItsStream(t *testing.T) {
	t.Parallel()
	c := run(t, printing(t, `echo one; echo two >&2; printf 'no end'; exit 3`))
	if code := c.wait(); code != 3 {
		t.Errorf("exit status %d", code)
	}
	text := strings.Join(logged(c), "\n")
	for _, want := range []string{"stdout F one", "stderr F two", "stdout F no end"} {
		if !strings.Contains(text+"\n", want+"\n") {
			t.Errorf("%q is not in the log: %q", want, text)
		}
	}
	if list := logged(c); !strings.HasPrefix(list[len(list)-1], "stderr F lxdocker: /print ended: exit 3") {
		t.Errorf("the last line of the log is %q", list[len(list)-1])
	}
	if text := c.console.String(); !strings.Contains(text, "no end\n") || strings.Count(text, "\n") != 4 || !strings.HasPrefix(lastLine(text), "lxdocker: /print ended: exit 3") {
		t.Errorf("the console says %q", c.console)
	}
}

func lastLine(text string) string {
	text = strings.TrimSuffix(text, "\n")
	return text[strings.LastIndexByte(text, '\n')+1:]
}

// Several processes print at the same time, in pieces, short and long.
func TestLinesAreNeverTorn(t *testing.T) {
	t.Parallel()
	i := printing(t, `
long=$($b head -c 9000 /dev/zero | $b tr '\0' x)
for n in 1 2 3 4 5 6 7 8 9 10; do
	for m in 1 2 3 4 5 6 7 8 9 10; do printf "out $n "; printf "$m of some\n"; done
	echo "out $long end"
done &
for n in 1 2 3 4 5 6 7 8 9 10; do
	for m in 1 2 3 4 5 6 7 8 9 10; do { printf "err $n "; printf "$m of some\n"; } >&2; done
	echo "err $long end" >&2
done
wait`)
	c := run(t, i)
	c.wait()
	whole := regexp.MustCompile(`^((out|err) \d+ \d+ of some|(out|err) LONG end|lxdocker: .*)$`)
	short := func(line string) string { return strings.ReplaceAll(line, strings.Repeat("x", 9000), "LONG") }
	seen := 0
	for line := range strings.Lines(c.console.String()) {
		if seen++; !whole.MatchString(short(strings.TrimSuffix(line, "\n"))) {
			t.Errorf("torn: %.200q", line)
		}
	}
	if seen != 2*110+1 {
		t.Errorf("%d lines", seen)
	}
	joined := ""
	for _, r := range logged(c) {
		piece := r[len("stdout F "):]
		if joined += piece; r[len("stdout ")] == 'P' {
			continue
		}
		if !whole.MatchString(short(joined)) {
			t.Errorf("torn in the log: %.200q", joined)
		}
		joined = ""
	}
}

// A bar that is drawn for hours, or a film that is printed by mistake, must not
// take all memory, nor keep what comes later.
func TestALineWithoutAnEndHasABound(t *testing.T) {
	t.Parallel()
	c := run(t, printing(t, `
echo before
$b head -c 1000000 /dev/zero | $b tr '\0' m; echo " a line of a megabyte"
$b head -c 30000000 /dev/zero | $b tr '\0' x
echo
$b usleep 300000
echo after; exit 0`))
	c.wait()
	text := c.console.String()
	for _, want := range []string{"before\n", strings.Repeat("m", 1000000) + " a line of a megabyte\n", "lxdocker: a line without an end was dropped\n", "after\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("%.100q is not on the console, which has %d bytes", want, len(text))
		}
	}
}

func TestTheLogIsBoundedAndSurvivesARestartOfTheInstance(t *testing.T) {
	t.Parallel()
	i := printing(t, `
n=0
while [ $n -lt 1000 ]; do n=$((n + 1)); echo "line $n of this start"; done`)
	i.env = []string{"LXDOCKER_LOG_SIZE=40k"}
	c := run(t, i)
	c.wait()
	c.start(i)
	c.wait()
	if size := logSize(c); size < 20<<10 || size > 41<<10 {
		t.Errorf("it has %d bytes", size)
	}
	list := logged(c)
	if got := list[len(list)-2]; got != "stdout F line 1000 of this start" {
		t.Errorf("the last line is %q", got)
	}
}

// logSize is what both files of the log have, which nobody else may read.
func logSize(c *container) (size int64) {
	c.t.Helper()
	for _, name := range []string{"0", "1"} {
		info, err := os.Stat(filepath.Join(c.root, ".lxdocker/log", name))
		must(c.t, err)
		size += info.Size()
		if info.Mode().Perm()&0o077 != 0 {
			c.t.Errorf("others may read it: %v", info.Mode())
		}
	}
	return size
}

func TestTheLogContinuesAtTheNextStart(t *testing.T) {
	t.Parallel()
	i := printing(t, `echo hello`)
	c := run(t, i)
	c.wait()
	c.start(i)
	c.wait()
	if got := strings.Count(strings.Join(logged(c), "\n"), "stdout F hello"); got != 2 {
		t.Errorf("the log has %d of two starts: %q", got, records(c))
	}
}

// The application must not wait for a disk that is full, and finds its lines on
// the console.
func TestAFullDiskBlocksNothing(t *testing.T) {
	t.Parallel()
	i := printing(t, `
n=0
while [ $n -lt 3000 ]; do n=$((n + 1)); echo "line $n of a disk that is full"; done`)
	i.mounts = []string{".lxdocker/log"}
	i.containerCommands = [][]string{
		{"mount", "-o", "remount,size=16k", "/.lxdocker/log"},
	}
	c := run(t, i)
	begin := time.Now()
	c.wait()
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
	if got := strings.Count(c.console.String(), " of a disk that is full\n"); got != 3000 {
		t.Errorf("%d lines are on the console", got)
	}
}

// Whoever has made room wants to see what happens from then on, in whole lines.
func TestTheLogGoesOnWhenTheDiskHasRoomAgain(t *testing.T) {
	t.Parallel()
	i := printing(t, `
n=0
while [ $n -lt 1000 ]; do n=$((n + 1)); echo "line $n of a disk that is full"; done
until [ -e /out/freed ]; do $b usleep 5000; done
while [ $n -lt 1500 ]; do n=$((n + 1)); echo "line $n of a disk with room"; done
exec /probe`)
	i.mounts = []string{".lxdocker/log"}
	i.containerCommands = [][]string{{"mount", "-o", "remount,size=16k", "/.lxdocker/log"}}
	c := run(t, i)
	c.waitFor("the last line of a full disk", func() bool { return strings.Contains(c.console.String(), "line 1000 of") })
	c.busybox("mount", "-o", "remount,size=4m", "/.lxdocker/log")
	must(t, os.WriteFile(c.root+"/out/freed", nil, 0o644))
	c.waitForLine("ready")
	c.waitFor("the last line", func() bool { return strings.Contains(c.console.String(), "line 1500 of") })
	var all []string
	c.waitForCommand("its record", func() bool {
		out, _ := lxdLogs(c)
		all = strings.Split(strings.TrimSuffix(out, "\n"), "\n")
		return slices.Contains(all, "line 1500 of a disk with room")
	})
	from := slices.Index(all, "line 1001 of a disk with room")
	if want := linesOf(1001, 1500, "line %d of a disk with room"); from < 0 || len(all)-from < len(want) || !slices.Equal(all[from:from+len(want)], want) {
		t.Errorf("the log has %q", all)
	}
}

// Somebody who makes room by hand must not end the log, or its bound.
func TestALogThatWasEmptiedGoesOnWithinItsBound(t *testing.T) {
	t.Parallel()
	for name, command := range map[string]string{"emptied": ">/.lxdocker/log/0; >/.lxdocker/log/1", "removed": "$b rm /.lxdocker/log/0 /.lxdocker/log/1"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := printing(t, `
n=0
while [ $n -lt 100 ]; do n=$((n + 1)); echo "line $n"; done
until $b grep -q "line 100" /.lxdocker/log/0 /.lxdocker/log/1; do $b usleep 2000; done
`+command+`
while [ $n -lt 3000 ]; do n=$((n + 1)); echo "line $n"; done`)
			i.env = []string{"LXDOCKER_LOG_SIZE=20k"}
			c := run(t, i)
			c.wait()
			list := logged(c)
			if last := list[len(list)-1]; !strings.Contains(last, "/print ended: exit 0") {
				t.Errorf("the log ends with %q", last)
			}
			from := slices.Index(list, "stdout F line 2900")
			if from < 0 || !slices.Equal(list[from:from+101], linesOf(2900, 3000, "stdout F line %d")) {
				t.Errorf("the log has %q", list)
			}
			if size := logSize(c); size > 21<<10 {
				t.Errorf("it has %d bytes", size)
			}
		})
	}
}

// linesOf is lines that are counted from one number to another.
func linesOf(from, to int, format string) (all []string) {
	for n := from; n <= to; n++ {
		all = append(all, fmt.Sprintf(format, n))
	}
	return all
}

func TestNoLogWhereNoneIsWantedOrPossible(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(i *image){
		"not wanted":        func(i *image) { i.env = []string{"LXDOCKER_LOG_SIZE=0"} },
		"not by the spec":   func(i *image) { i.LogSize = new(int64) },
		"a folder in place": func(i *image) { i.containerCommands = [][]string{{"mkdir", "-p", "/.lxdocker/log/0/x"}} },
		"a file in place":   func(i *image) { i.containerCommands = [][]string{{"touch", "/.lxdocker/log"}} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := printing(t, `echo hello`)
			edit(&i)
			c := run(t, i)
			c.wait()
			if !strings.Contains(c.console.String(), "hello\n") || strings.Contains(strings.Join(records(c), "\n"), "hello") {
				t.Errorf("the console says %q, the log %q", c.console, records(c))
			}
		})
	}
}

// What is printed at the very end, and by whatever the restart ends, is there too.
func TestEveryStartHasItsLastWords(t *testing.T) {
	t.Parallel()
	i := printing(t, `
n=$($b cat /out/n 2>/dev/null); n=$((n + 1)); echo $n >/out/n
( trap 'echo "child of $n ends"; exit' TERM; while :; do $b usleep 10000; done ) &
$b usleep 50000
echo "last word of $n"
exit 1`)
	i.Restart = lifecycle.Restart{When: lifecycle.RestartOnFailure, Max: 3}
	c := run(t, i)
	c.wait()
	for n := 1; n <= 4; n++ {
		for _, want := range []string{"last word of %d\n", "child of %d ends\n"} {
			if want := fmt.Sprintf(want, n); !strings.Contains(c.console.String(), want) {
				t.Errorf("%q is not on the console: %q", want, c.console)
			}
		}
	}
}

// What our processes hold in memory: what each has alone, and busybox itself, which
// they share.
func TestAllOurProcessesTogetherTakeLittleMemory(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, "eth0")
	n.udhcpd("eth0", 50)
	i := imageWithHealthcheck(t, Health{})
	i.network, i.nics = n, []string{"eth0"}
	c := run(t, i)
	c.waitForLine("ready")
	c.waitForAddresses("eth0", "10.9.1.50/24")
	dirs, err := filepath.Glob(c.path("/proc/[0-9]*"))
	must(t, err)
	alone, shared, processes := 0, 0, 0
	for _, dir := range dirs {
		b, _ := os.ReadFile(dir + "/status")
		if strings.HasPrefix(string(b), "Name:\tprobe\n") {
			continue
		}
		for line := range strings.Lines(string(b)) {
			var kib int
			if n, _ := fmt.Sscanf(line, "RssAnon: %d kB", &kib); n == 1 {
				alone += kib
				processes++
			}
			if n, _ := fmt.Sscanf(line, "RssFile: %d kB", &kib); n == 1 {
				shared = max(shared, kib)
			}
		}
	}
	t.Logf("%d processes: %d KiB, and %d that they share", processes, alone, shared)
	if processes < 8 || alone+shared > 4096 {
		t.Errorf("%d processes have %d KiB, and share %d", processes, alone, shared)
	}
}
