package upgrade

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"lxdocker/internal/guest/guesttest"
	"lxdocker/test/hostile/bomb"
)

// registry is the host that specs and clients name in all folders. When one is made, it listens
// there; afterwards, a mirror on any port stands for it.
const registry = "127.0.0.1:5999"

// contents are the layers of the images in the registry; a later version of an image has
// one more.
func contents(r *bomb.Registry, name string, versions int) {
	var layers []bomb.Packed
	for v := range versions {
		l := bomb.NewLayer()
		l.File("srv/"+name+string(rune('0'+v)), []byte(strings.Repeat(name+"\n", 100)))
		layers = append(layers, l.Done())
	}
	r.Image("team/"+name, layers...)
}

// mirrored starts a registry, and gives the flag that has it asked.
func mirrored(t *testing.T) (r *bomb.Registry, flag string) {
	t.Helper()
	r = bomb.NewRegistry()
	s := httptest.NewServer(r)
	t.Cleanup(s.Close)
	return r, "--mirror=" + registry + "=" + strings.TrimPrefix(s.URL, "http://")
}

var _ http.Handler = (*bomb.Registry)(nil)

// busybox writes a small busybox into a folder, and returns the flag that names it.
func busybox(t *testing.T, folder string) (flag string) {
	t.Helper()
	guesttest.SmallBusybox(t, filepath.Join(folder, "busybox"))
	return "--busybox=amd64=busybox"
}
