//go:build e2e

package e2e

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"lxdocker/test/testbed"
)

func inspectNginx(t *testing.T, i *testbed.Instance, _ string) {
	for _, line := range []string{
		"docker-entrypoint: the configuration is complete", // the entrypoint script ran the scripts beside it
		`"GET / HTTP/1.1" 200`,                             // access.log is a symlink to /dev/stdout
	} {
		// nginx answers before it writes its log.
		for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			console := i.Console(t.Context())
			if strings.Contains(console, line) {
				break
			}
			if time.Now().After(deadline) {
				t.Errorf("the console does not show %q:\n%s", line, console)
				break
			}
		}
	}
}

func inspectRedis(t *testing.T, i *testbed.Instance, _ string) {
	// PID 1 is ours; redis runs as its user, in its volume.
	out, err := i.Exec(t.Context(), "sh", "-c", "redis-cli config get dir; redis-cli save; stat -c '%U:%G' /data /data/dump.rdb")
	if want := "dir\n/data\nOK\nredis:redis\nredis:redis\n"; err != nil || out != want {
		t.Errorf("redis says %q (%v), not %q", out, err, want)
	}
}

func inspectMariaDB(t *testing.T, i *testbed.Instance, _ string) {
	// /run is a tmpfs by now, with what the image had there: without its folder the server does not start.
	out, err := i.Exec(t.Context(), "sh", "-c", "stat -c '%a %U' /run/mysqld; stat -fc %T /run; stat -c %U /run/mysqld/mysqld.sock")
	if want := "1777 mysql\ntmpfs\nmysql\n"; err != nil || out != want {
		t.Errorf("/run is %q (%v), not %q", out, err, want)
	}
}

func inspectGoserver(t *testing.T, _ *testbed.Instance, address string) {
	s, err := goserver(8080).status(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	// As in goserver.Dockerfile, to the letter: no shell may have read it.
	args := []string{"/goserver", "a b", "", "$HOME", "'q'", `"d"`, ";", "*", `back\slash`, "line\nbreak", "ünï"}
	if !slices.Equal(s.Args, args) {
		t.Errorf("its arguments are %q, not %q", s.Args, args)
	}
	for _, want := range []string{
		"PORT=8080", "spaced=two  words", `quoted=it's "so"`, "hostile=$(touch /data/pwned) `id` ; & | * ? \\\\ #", "empty=", "dotted.name-x=1",
	} {
		if !slices.Contains(s.Env, want) {
			t.Errorf("its environment lacks %q: %q", want, s.Env)
		}
	}
	if s.UID != 65534 || s.GID != 65534 || s.WorkDir != "/data" {
		t.Errorf("it runs as %d:%d in %s, not as 65534:65534 in /data", s.UID, s.GID, s.WorkDir)
	}
	if s.PID == 1 {
		t.Error("it is PID 1: nobody can turn the daemon's stop into its stop signal")
	}
	for _, mount := range []string{"/dev/shm", "/run", "/tmp"} {
		if !slices.Contains(s.Mounts, mount) {
			t.Errorf("nothing is mounted on %s: %q", mount, s.Mounts)
		}
	}
	files, err := goserver(8080).tree(t.Context(), address, "/data")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := files["pwned"]; ok {
		t.Error("a shell ran what stands in the image's environment")
	}
}

func inspectCapabilities(t *testing.T, i *testbed.Instance, address string) {
	s, err := goserver(80).status(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	if s.UID != 1500 || !slices.Contains(s.Groups, 2000) {
		t.Errorf("it runs as %d with the groups %d, not as 1500 with 2000 among them", s.UID, s.Groups)
	}
	const bindService = 1 << 10
	if held, err := strconv.ParseUint(s.Capabilities, 16, 64); err != nil || held != bindService {
		t.Errorf("it holds the capabilities %s, not just the one of its file, %x", s.Capabilities, bindService)
	}
	out, err := i.Exec(t.Context(), "getcap", "/usr/local/bin/goserver")
	if want := "/usr/local/bin/goserver cap_net_bind_service=ep\n"; err != nil || out != want {
		t.Errorf("getcap says %q (%v), not %q", out, err, want)
	}
}

// inspectLayers compares with what the steps of layered.Dockerfile leave when
// they are done one after the other on a disk.
func inspectLayers(t *testing.T, _ *testbed.Instance, address string) {
	got, err := goserver(8080).tree(t.Context(), address, "/srv/t")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]testbed.Node{
		".":                  {Mode: "drwxr-xr-x"},
		"absolute":           {Mode: "Lrwxrwxrwx", Content: "/etc"},
		"again":              {Mode: "drwxr-xr-x"},
		"again/new":          {Mode: "-rw-r--r--", Content: "new\n"},
		"becomes-dir":        {Mode: "drwxr-xr-x"},
		"becomes-dir/inside": {Mode: "-rw-r--r--", Content: "inside\n"},
		"becomes-file":       {Mode: "-rw-r--r--", Content: "now-a-file\n"},
		"dirlink":            {Mode: "Lrwxrwxrwx", Content: "kept"},
		"double":             {Mode: "-rw-r--r--", Content: "single\n"},
		"kept":               {Mode: "dgrwxrwxr-x"},
		"kept/file":          {Mode: "-rw-r--r--", UID: 7, GID: 8, Content: "kept\n"},
		"kept/through":       {Mode: "-rw-r--r--", Content: "through\n"},
		"link1":              {Mode: "-rw-r--r--", Content: "shared\n"},
		"link2":              {Mode: "-rw-r--r--", Content: "replaced\n"},
		"link3":              {Mode: "-rw-r--r--", Content: "shared\n"},
		"single":             {Mode: "-rw-r--r--", Content: "single\n"},
		"survivor":           {Mode: "-rw-r--r--", Content: "carrier\n"},
	}
	for name, w := range want {
		g, ok := got[name]
		w.Inode = g.Inode
		if !ok || g != w {
			t.Errorf("%s is %+v, not %+v", name, g, w)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s is there, which an upper layer has deleted", name)
		}
	}
	for _, pair := range [][2]string{{"link1", "link3"}, {"single", "double"}} {
		if got[pair[0]].Inode != got[pair[1]].Inode {
			t.Errorf("%s and %s are no longer one file", pair[0], pair[1])
		}
	}
	inspectMergedUsr(t, address)
}

// inspectMergedUsr: /sbin stays a symlink, also where layers and our own init go through it.
func inspectMergedUsr(t *testing.T, address string) {
	top, err := goserver(8080).tree(t.Context(), address, "/sbin")
	if err != nil || top["."].Content != "usr/sbin" {
		t.Errorf("/sbin is %+v (%v), not a symlink to usr/sbin", top["."], err)
	}
	bin, err := goserver(8080).tree(t.Context(), address, "/usr/bin")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := bin["uncompress"]; ok {
		t.Error("/bin/uncompress is there, which an upper layer has deleted")
	}
	sbin, err := goserver(8080).tree(t.Context(), address, "/usr/sbin")
	if err != nil || sbin["added"].Mode != "urwxr-xr-x" {
		t.Errorf("/sbin/added is %+v (%v), not a setuid file", sbin["added"], err)
	}
}
