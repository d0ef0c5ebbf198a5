package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"lxdocker/internal/command/commandtest"
	"lxdocker/internal/image"
	"lxdocker/internal/server/servertest"
	"lxdocker/internal/settings"
	"lxdocker/internal/store/dir"
	"lxdocker/internal/store/storetest"
)

func TestMain(m *testing.M) {
	if len(os.Args) == 2 && (os.Args[1] == assembling || os.Args[1] == unpacks) {
		os.Exit(run()) // of a server in this process, which takes this program for itself
	}
	if _, said := os.LookupEnv(settings.File); !said {
		_ = os.Setenv(settings.File, "") // this machine's settings do not count
	}
	testscript.Main(m, map[string]func(){"imgserver": func() { os.Exit(run()) }})
}

// TestScripts runs testdata/script/*.txtar: the command line as people use it.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Values["current"] = &current{}
			env.Setenv(settings.File, "")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":   commandtest.Exits,
			"publish": publish,
			"serve":   serve,
			"end":     end,
			"reload":  reload,
			"logged":  logged,
			"fetch":   fetch,
			"mode":    mode,
		},
		RequireExplicitExec: true,
	})
}

// current is the server that a script has started.
type current struct{ server *servertest.Process }

// publish DIR NAME [ALIAS...] puts an image into a store, and its path into
// $ROOTFS.
func publish(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: publish DIR NAME [ALIAS...]")
	}
	s, err := dir.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	d, err := s.Draft(context.Background())
	ts.Check(err)
	defer d.Discard()
	for _, f := range [][2]string{{image.Metadata, "lxd.tar.xz"}, {image.Squashfs, "rootfs.squashfs"}} {
		w, err := d.Create(f[0], f[1])
		ts.Check(err)
		_, err = w.Write([]byte(f[0] + " of " + args[1] + "\n"))
		ts.Check(errors.Join(err, w.Close()))
	}
	v, err := d.Publish(context.Background(), image.Version{Name: args[1], Architecture: "amd64", Release: "1.27", Aliases: args[2:]})
	ts.Check(err)
	ts.Setenv("ROOTFS", v.Path(v.Files[1]))
}

// serve ARGS... starts imgserver and waits until it is ready. It sets $URL, and
// leaves what the server prints in the files out and log.
func serve(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: serve ARGS...")
	}
	program := filepath.Join(filepath.SplitList(ts.Getenv("PATH"))[0], "imgserver")
	s, err := servertest.Start(program, ts.MkAbs("."), args...)
	ts.Check(err)
	ts.Defer(s.Kill)
	ts.Setenv("URL", s.URL)
	ts.Check(os.WriteFile(ts.MkAbs("out"), []byte(s.Ready), 0o644))
	ts.Value("current").(*current).server = s
}

// end SIGNAL CODE ends the server and compares its exit code.
func end(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: end TERM|INT CODE")
	}
	current := ts.Value("current").(*current)
	if current.server == nil {
		ts.Fatalf("no server is running")
	}
	s := current.server
	current.server = nil
	signal := map[string]os.Signal{"TERM": syscall.SIGTERM, "INT": os.Interrupt}[args[0]]
	ts.Check(s.Signal(signal))
	code, err := s.Wait()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("log"), []byte(s.Log.String()), 0o644))
	if strconv.Itoa(code) != args[1] {
		ts.Fatalf("the server ended with exit code %d, not %s:\n%s", code, args[1], &s.Log)
	}
}

// reload sends SIGHUP, and waits until the server has noticed it.
func reload(ts *testscript.TestScript, neg bool, args []string) {
	s := ts.Value("current").(*current).server
	if neg || len(args) > 0 || s == nil {
		ts.Fatalf("usage: reload, of a server that runs")
	}
	ts.Check(s.Signal(syscall.SIGHUP))
	logged(ts, false, []string{"looking what is new"})
}

// logged TEXT waits until the server has logged it.
func logged(ts *testscript.TestScript, neg bool, args []string) {
	s := ts.Value("current").(*current).server
	if neg || len(args) != 1 || s == nil {
		ts.Fatalf("usage: logged TEXT, of a server that runs")
	}
	for deadline := time.Now().Add(3 * time.Minute); !strings.Contains(s.Log.String(), args[0]); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			ts.Fatalf("%q is not in the log:\n%s", args[0], &s.Log)
		}
	}
}

// fetch CERT PATH FILE downloads from the server, trusting CERT only.
func fetch(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: fetch CERT PATH FILE")
	}
	body, err := get(ts.MkAbs(args[0]), ts.Getenv("URL")+args[1])
	if neg {
		if err == nil {
			ts.Fatalf("got %s", body)
		}
		ts.Logf("as it should be: %v", err)
		return
	}
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), body, 0o644))
}

// mode MODE FILE... compares permissions.
func mode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: mode MODE FILE...")
	}
	for _, f := range args[1:] {
		info, err := os.Stat(ts.MkAbs(f))
		ts.Check(err)
		if got := strconv.FormatUint(uint64(info.Mode().Perm()), 8); got != strings.TrimLeft(args[0], "0") {
			ts.Fatalf("%s has mode %s, not %s", f, got, args[0])
		}
	}
}

// split publishes an image for the tests that are no scripts.
func split(t *testing.T, folder, name string, rootfs []byte, aliases ...string) image.Version {
	t.Helper()
	s, err := dir.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	return storetest.Split(t, s, image.Version{Name: name, Architecture: "amd64", Release: "1.27", Aliases: aliases}, []byte("metadata of "+name), rootfs)
}
