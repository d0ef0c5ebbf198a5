package instance

import (
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"lxdocker/internal/daemon"
)

// fakeDaemon has instances with a folder /data, to which applications write when they start,
// and volumes.
type fakeDaemon struct {
	t         *testing.T
	mu        sync.Mutex
	instances map[string]*fakeInstance
	volumes   map[string]*fakeVolume
	confirmed string // what applications have written
	declared  string // the volumes of all images
	works     bool   // on web, for ever
	executed  int    // programs
	texts     func(path string) (text string, file bool)
}

// wire leads to the daemon. It can be cut at each change that is asked for.
type wire struct {
	*fakeDaemon
	dies int           // at which change nobody gets through any more; 0: at none
	late bool          // that one is made, but not confirmed
	dead chan struct{} // is closed then
}

func (l *wire) cut() bool {
	select {
	case <-l.dead:
		return true
	default:
		return false
	}
}

type fakeInstance struct {
	daemon.Instance
	files map[string]string // of its root file system
	etag  int
}

type fakeVolume struct {
	daemon.Volume
	content string
	carried map[string]string
}

func newFakeDaemon(t *testing.T) (*fakeDaemon, *daemon.Client) {
	t.Helper()
	f := &fakeDaemon{t: t, instances: map[string]*fakeInstance{}, volumes: map[string]*fakeVolume{}, declared: "/data\x00"}
	return f, (&wire{fakeDaemon: f, dead: make(chan struct{})}).connect()
}

func (l *wire) connect() *daemon.Client {
	l.t.Helper()
	server := httptest.NewTLSServer(l)
	l.t.Cleanup(func() {
		// Whoever was cut off tries again for minutes: the next daemon must not get its port.
		if !l.cut() {
			server.Close()
		}
	})
	c, err := daemon.Connect(l.t.Context(), daemon.Address{Name: "fake", URL: server.URL, Pinned: server.Certificate()})
	if err != nil {
		l.t.Fatal(err)
	}
	return c
}

// add adds an instance of an image.
func (f *fakeDaemon) add(i daemon.Instance, fingerprint string) *fakeInstance {
	i.Status = "Stopped"
	i.Config = maps.Clone(i.Config)
	if i.Config == nil {
		i.Config = map[string]string{}
	}
	i.Config["volatile.base_image"], i.Config[imageRef] = fingerprint, "image"
	if i.Config["volatile.eth0.hwaddr"] == "" {
		i.Config["volatile.eth0.hwaddr"] = "of " + fmt.Sprint(len(f.instances))
	}
	f.instances[i.Name] = &fakeInstance{Instance: i, files: map[string]string{}}
	return f.instances[i.Name]
}

// data is what an instance has in /data.
func (f *fakeDaemon) data(i *fakeInstance) string {
	if v := f.mounted(i); v != nil {
		return v.content
	}
	return i.files["/data"]
}

func (f *fakeDaemon) mounted(i *fakeInstance) *fakeVolume {
	for _, d := range i.Devices {
		if d["path"] == "/data" {
			return f.volumes[d["source"]]
		}
	}
	return nil
}

// runs is an application's start: it writes, and that is confirmed.
func (f *fakeDaemon) runs(i *fakeInstance) {
	for _, other := range f.instances {
		if other != i && other.Running() {
			f.t.Errorf("%s starts while %s runs", i.Name, other.Name)
		}
	}
	f.confirmed += "."
	if v := f.mounted(i); v != nil {
		v.content += "."
	} else {
		i.files["/data"] += "."
	}
}

func (i *fakeInstance) quiet() bool { return i.Config[setting+"ENTRYPOINT"] == waits[0] }

func (l *wire) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/1.0")
	if strings.HasSuffix(path, "/websocket") {
		stream(w, r)
		return
	}
	if r.Method != http.MethodGet && l.dies > 0 && !l.cut() {
		if l.dies--; l.dies == 0 {
			if l.late {
				l.answer(httptest.NewRecorder(), r, path)
			}
			close(l.dead)
		}
	}
	if l.cut() {
		hangUp(w)
		return
	}
	l.answer(w, r, path)
}

func hangUp(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		conn.Close()
	}
}

// stream is one of a program that has ended and printed nothing (RFC 6455).
func stream(w http.ResponseWriter, r *http.Request) {
	sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n\x81\x00", base64.StdEncoding.EncodeToString(sum[:]))
	go func() {
		_, _ = io.Copy(io.Discard, conn)
		conn.Close()
	}()
}

func refuse(w http.ResponseWriter, status int, text string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"type":"error","error_code":%d,"error":%q}`, status, text)
}

func give(w http.ResponseWriter, metadata any) {
	_ = json.NewEncoder(w).Encode(map[string]any{"type": "sync", "metadata": metadata})
}

func (f *fakeDaemon) answer(w http.ResponseWriter, r *http.Request, path string) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	switch {
	case path == "":
		give(w, map[string]any{"auth": "trusted", "environment": map[string]any{"server": "lxd", "architectures": []string{"fake"}}})
	case path == "/operations":
		var running []any
		if f.works {
			running = []any{map[string]any{"class": "task", "resources": map[string]any{"instances": []string{"/1.0/instances/web"}}}}
		}
		give(w, map[string]any{"running": running})
	case strings.HasSuffix(path, "/wait"):
		give(w, map[string]any{"status_code": 200, "metadata": map[string]any{"return": 0}})
	case path == "/instances":
		f.create(w, r)
	case parts[0] == "instances":
		i := f.instances[parts[1]]
		if i == nil {
			refuse(w, http.StatusNotFound, "Instance not found")
			return
		}
		f.instance(w, r, i, strings.Join(parts[2:], "/"))
	case parts[0] == "images":
		refuse(w, http.StatusNotFound, "Image not found")
	case parts[0] == "storage-pools":
		f.volume(w, r, parts[len(parts)-1])
	default:
		f.t.Errorf("%s %s", r.Method, path)
	}
}

func (f *fakeDaemon) create(w http.ResponseWriter, r *http.Request) {
	var n daemon.NewInstance
	_ = json.NewDecoder(r.Body).Decode(&n)
	if f.instances[n.Name] != nil {
		refuse(w, http.StatusConflict, "already exists")
		return
	}
	f.add(daemon.Instance{Name: n.Name, Type: n.Type, Config: n.Config, Devices: n.Devices, Profiles: n.Profiles}, n.Source.Fingerprint)
	give(w, nil)
}

func (f *fakeDaemon) instance(w http.ResponseWriter, r *http.Request, i *fakeInstance, what string) {
	switch r.Method + " " + what {
	case "GET ":
		shown := i.Instance
		shown.ExpandedConfig, shown.ExpandedDevices = i.Config, i.Devices.Clone()
		shown.ExpandedDevices["root"] = daemon.Device{"type": "disk", "path": "/", "pool": "p"}
		w.Header().Set("ETag", fmt.Sprint(i.etag))
		give(w, shown)
	case "PUT ":
		var changed daemon.Instance
		_ = json.NewDecoder(r.Body).Decode(&changed)
		if r.Header.Get("If-Match") != fmt.Sprint(i.etag) {
			refuse(w, http.StatusPreconditionFailed, "changed")
			return
		}
		i.Config, i.Devices, i.etag = changed.Config, changed.Devices, i.etag+1
		for _, d := range i.Devices {
			if d["type"] == "disk" && f.volumes[d["source"]] == nil {
				f.t.Errorf("%s has a disk that is not there: %q", i.Name, d)
			}
		}
		give(w, nil)
	case "POST ": // another name
		var to struct{ Name string }
		_ = json.NewDecoder(r.Body).Decode(&to)
		if i.Running() || f.instances[to.Name] != nil {
			f.t.Errorf("%s is renamed to %s", i.Name, to.Name)
		}
		delete(f.instances, i.Name)
		i.Name, f.instances[to.Name] = to.Name, i
		give(w, nil)
	case "DELETE ":
		if i.Running() {
			f.t.Errorf("%s is deleted while it runs", i.Name)
		}
		delete(f.instances, i.Name)
		give(w, nil)
	case "GET state":
		give(w, map[string]any{"status": i.Status})
	case "PUT state":
		f.setState(w, r, i)
	case "GET snapshots":
		give(w, []string{})
	case "GET files":
		f.file(w, i, r.URL.Query().Get("path"))
	case "POST files":
		give(w, nil)
	case "POST exec":
		f.executed++
		f.copy(r, i)
		_ = json.NewEncoder(w).Encode(map[string]any{"type": "async", "operation": "/1.0/operations/7", "metadata": map[string]any{
			"metadata": map[string]any{"fds": map[string]string{"0": "0", "1": "1", "2": "2", "control": "c"}}}})
	default:
		f.t.Errorf("%s %s", r.Method, what)
	}
}

func (f *fakeDaemon) setState(w http.ResponseWriter, r *http.Request, i *fakeInstance) {
	var to struct{ Action string }
	_ = json.NewDecoder(r.Body).Decode(&to)
	wanted := map[string]string{"start": "Running", "stop": "Stopped"}[to.Action]
	if i.Status == wanted {
		refuse(w, http.StatusBadRequest, "The instance is already "+strings.ToLower(wanted))
		return
	}
	if to.Action == "start" && !i.quiet() {
		f.runs(i)
	}
	i.Status, i.etag = wanted, i.etag+1
	give(w, nil)
}

func (f *fakeDaemon) file(w http.ResponseWriter, i *fakeInstance, path string) {
	texts := map[string]string{"/.lxdocker/image/volumes": f.declared, "/etc/app": i.files["/etc/app"]}
	if i.Running() {
		texts["/run/lxdocker/state"], texts["/run/lxdocker/plan/argv"] = `{"status":"running"}`, "/app\x00"
		if i.Config["volatile.base_image"] == badImage {
			texts["/run/lxdocker/state"] = `{"status":"running","restarts":1,"exit_code":1}`
		}
		if i.quiet() {
			texts["/run/lxdocker/plan/argv"] = strings.Join(waits, "\x00") + "\x00"
		}
	}
	if f.texts != nil {
		if text, isFile := f.texts(path); text != "" || !isFile {
			w.Header().Set("X-LXD-Type", map[bool]string{true: "file", false: "symlink"}[isFile])
			fmt.Fprint(w, text)
			return
		}
	}
	switch {
	case path == "/data" && f.data(i) != "", i.files[path+"/"] != "":
		give(w, []string{"file"})
	case texts[path] != "":
		w.Header().Set("X-LXD-Type", "file")
		fmt.Fprint(w, texts[path])
	default:
		refuse(w, http.StatusNotFound, "not found")
	}
}

// copy does what the program does that an update starts in an instance.
func (f *fakeDaemon) copy(r *http.Request, i *fakeInstance) {
	var asked struct{ Command []string }
	_ = json.NewDecoder(r.Body).Decode(&asked)
	if !i.quiet() || !i.Running() {
		f.t.Errorf("%s is copied while its application runs", i.Name)
	}
	at := func(path string) *fakeVolume {
		for _, d := range i.Devices {
			if d["path"] == path {
				return f.volumes[d["source"]]
			}
		}
		f.t.Fatalf("nothing is mounted at %s: %q", path, i.Devices)
		return nil
	}
	for pair := range slices.Chunk(asked.Command[2:], 2) {
		root, from, _ := strings.Cut(pair[0], ":")
		into, to, _ := strings.Cut(pair[1], ":")
		switch {
		case to == "/":
			at(into).content = i.files[from]
		case root == "":
			at(into).carried = map[string]string{to: i.files[from]}
		default:
			i.files[to] = at(root).carried[from]
		}
	}
}

func (f *fakeDaemon) volume(w http.ResponseWriter, r *http.Request, name string) {
	v := f.volumes[name]
	switch {
	case r.Method == http.MethodPost:
		var made daemon.Volume
		_ = json.NewDecoder(r.Body).Decode(&made)
		if f.volumes[made.Name] != nil {
			refuse(w, http.StatusConflict, "already exists")
			return
		}
		f.volumes[made.Name] = &fakeVolume{Volume: made}
		give(w, nil)
	case v == nil:
		refuse(w, http.StatusNotFound, "Storage volume not found")
	case r.Method == http.MethodDelete:
		if used := f.users(name); len(used) > 0 {
			f.t.Errorf("the volume %s is removed, which %q use", name, used)
		}
		delete(f.volumes, name)
		give(w, nil)
	default:
		shown := v.Volume
		shown.UsedBy = f.users(name)
		give(w, shown)
	}
}

func (f *fakeDaemon) users(volume string) (names []string) {
	for _, i := range f.instances {
		for _, d := range i.Devices {
			if d["source"] == volume {
				names = append(names, i.Name)
			}
		}
	}
	return names
}

// badImage is one whose application ends at once.
const badImage = "bad"

// fakeImage brings an image that the daemon has.
type fakeImage string

func (f fakeImage) Bring(context.Context, *daemon.Client, string) (string, error) {
	return string(f), nil
}
