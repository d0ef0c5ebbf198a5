package main

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lxdocker/internal/command"
)

// configured has the clients of both daemons configured so, and the daemons' sockets at these
// places; "" is for none.
func configured(t *testing.T, lxc, incus, lxd string) {
	t.Helper()
	home := t.TempDir()
	for _, variable := range []string{"LXD_CONF", "INCUS_CONF", "LXD_DIR", "INCUS_DIR", "INCUS_SOCKET"} {
		t.Setenv(variable, "")
	}
	t.Setenv("HOME", home)
	t.Setenv("LXD_SOCKET", lxd)
	if lxd == "" {
		t.Setenv("LXD_SOCKET", filepath.Join(home, "none")) // nor those of this machine
	}
	for folder, text := range map[string]string{"lxc": lxc, "incus": incus} {
		if text == "" {
			continue
		}
		folder = filepath.Join(home, ".config", folder)
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "config.yml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

const several = `default-remote: local
remotes:
  local: {addr: "unix://", project: web}
  other: {addr: "unix:///srv/other.socket", project: team}
  same: {addr: "unix:///srv/lxd.socket"}
  far: {addr: "https://far.example.org:8443"}
  hub: {addr: "https://hub.example.org", public: true}
`

func TestDaemonsAreFoundByTheirNames(t *testing.T) {
	configured(t, several, "", "/srv/lxd.socket")
	for name, row := range map[string]struct {
		o    daemonFlags
		want string
	}{
		"none":                {daemonFlags{}, "LXD /srv/lxd.socket web"},
		"another project":     {daemonFlags{project: "x"}, "LXD /srv/lxd.socket x"},
		"that of the machine": {daemonFlags{remote: "lxd"}, "LXD /srv/lxd.socket web"},
		"the client's name":   {daemonFlags{remote: "local"}, "LXD /srv/lxd.socket web"},
		"another socket":      {daemonFlags{remote: "other"}, "other /srv/other.socket team"},
		"another machine":     {daemonFlags{remote: "far"}, "far https://far.example.org:8443 "},
	} {
		found, err := row.o.addresses()
		if err != nil || len(found) != 1 {
			t.Errorf("%s: %v, %v", name, found, err)
			continue
		}
		if a := found[0]; a.Name+" "+a.Socket+a.URL+" "+a.Project != row.want {
			t.Errorf("%s: %+v", name, a)
		}
	}
	for remote, says := range map[string]string{"hub": "runs no instances", "nobody": "far, local, other, same, lxd, incus"} {
		o := daemonFlags{remote: remote}
		if _, err := o.addresses(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", remote, err)
		}
	}
}

func TestWhatIsWrongWithOneDaemonKeepsNobodyFromTheOthers(t *testing.T) {
	configured(t, several, "remotes: [", "/srv/lxd.socket")
	o := new(daemonFlags)
	found, errs := o.everywhere()
	var names []string
	for _, a := range found {
		names = append(names, a.Name)
	}
	if strings.Join(names, " ") != "LXD far other" || len(errs) != 1 || !strings.Contains(errs[0].Error(), "remotes of Incus") {
		t.Errorf("%q, %v", names, errs)
	}
	configured(t, "", "", "")
	t.Setenv("LXD_SOCKET", "")
	if found, errs := o.everywhere(); len(found) == 0 && (len(errs) != 1 || errs[0] != errNoDaemon) {
		t.Errorf("%v, %v", found, errs)
	}
}

// says runs a command line, and returns what it prints.
func says(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, complaints strings.Builder
	code = execute(t.Context(), args, &out, &complaints)
	return out.String(), complaints.String(), code
}

func TestOfSeveralDaemonsThoseThatAnswerAreShown(t *testing.T) {
	dir := t.TempDir()
	socket := filepath.Join(dir, "unix.socket")
	aDaemon(t, socket)
	configured(t, strings.Replace(several, "https://far.example.org:8443", "https://127.0.0.1:1", 1), "", socket)
	out, complaints, code := says(t, "ps", "-a", "--all-remotes")
	if code != command.ExitNeedsPerson || !strings.Contains(out, "web") || strings.Count(complaints, "\n") != 3 {
		t.Errorf("exit code %d, %s%s", code, out, complaints)
	}
	for _, name := range []string{"far", "other", "same"} {
		if !strings.Contains(complaints, "lxdocker: "+name+": ") {
			t.Errorf("nothing is said of %s: %s", name, complaints)
		}
	}
	if out, complaints, code := says(t, "ps", "-a"); code != 0 || !strings.Contains(out, "web") || complaints != "" {
		t.Errorf("exit code %d, %s%s", code, out, complaints)
	}
	if out, complaints, code := says(t, "ps", "--remote", "other"); code != command.ExitFailed || out != "" || !strings.Contains(complaints, "is it running?") {
		t.Errorf("exit code %d, %s%s", code, out, complaints)
	}
}

// aDaemon answers at a socket as one that has the stopped instance web.
func aDaemon(t *testing.T, socket string) {
	t.Helper()
	server := httptest.NewUnstartedServer(answers(map[string]string{
		"/1.0":           `{"type":"sync","metadata":{"auth":"trusted","environment":{"server":"lxd","server_version":"5.0.2","architectures":["x86_64"]}}}`,
		"/1.0/instances": `{"type":"sync","metadata":[{"name":"web","type":"container","status":"Stopped","config":{"image.lxdocker.ref":"nginx"}}]}`,
		"/1.0/images":    `{"type":"sync","metadata":[]}`,
	}))
	_ = server.Listener.Close()
	server.Listener = listenAt(t, socket)
	server.Start()
	t.Cleanup(server.Close)
}

func TestDevicesOfThisMachineAreLookedAt(t *testing.T) {
	o := runOptions{devices: []string{"/dev/null:/dev/zero2:rw"}}
	if err := o.parseDevices(); err != nil {
		t.Fatal(err)
	}
	found, err := nodes(o.Devices[0])
	if err != nil || len(found) != 1 || found[0].Path != "/dev/zero2" || found[0].Node == nil || found[0].Node.Block || found[0].Node.Mode != 0o666 {
		t.Errorf("%+v, %v", found, err)
	}
	for device, says := range map[string]string{"/dev/nothing-at-all": "no such device", "/dev/shm": "it is no device"} {
		o := runOptions{devices: []string{device}}
		if err := o.parseDevices(); err != nil {
			t.Fatal(err)
		}
		if _, err := nodes(o.Devices[0]); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", device, err)
		}
	}
	cards := runOptions{devices: []string{"nvidia.com/gpu=0", "nvidia.com/gpu=1"}}
	if err := cards.parseDevices(); err != nil || cards.GPUs == nil || !slices.Equal(cards.GPUs.IDs, []string{"0", "1"}) || len(cards.Devices) != 0 {
		t.Errorf("%+v, %v", cards.GPUs, err)
	}
}

func TestPrivilegedHasToBeMeant(t *testing.T) {
	_, complaints, code := says(t, "run", "--privileged", "docker:dind")
	if code != command.ExitUsage || !strings.Contains(complaints, "root of the host") || !strings.Contains(complaints, "--privileged=nesting") || !strings.Contains(complaints, "--yes") {
		t.Errorf("exit code %d, %s", code, complaints)
	}
}

func TestFoldersOfHereMeanTheSameToTheDaemon(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for given, want := range map[string]string{
		"./data:/x:ro": here + "/data:/x:ro", "../a:/x": filepath.Dir(here) + "/a:/x", ".:/x": here + ":/x",
		"data:/x": "data:/x", "/srv:/x": "/srv:/x", ".data": ".data",
	} {
		if got := fromHere(given); got != want {
			t.Errorf("%s: %s", given, got)
		}
	}
}

func answers(paths map[string]string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, ok := paths[r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			answer = `{"type":"error","error_code":404,"error":"not found"}`
		}
		_, _ = io.WriteString(w, answer)
	})
}

func listenAt(t *testing.T, socket string) net.Listener {
	t.Helper()
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	return l
}
