package server_test

import (
	"strings"
	"testing"

	"lxdocker/internal/server"
	"lxdocker/internal/server/access"
)

// TestSharedCachesKeepOnlyWhatIsForEverybody: files and exports of a server with rules are not.
func TestSharedCachesKeepOnlyWhatIsForEverybody(t *testing.T) {
	for word, rules := range map[string]access.Rules{"public": {}, "private": {Allow: networks(t, "192.0.2.0/24")}} {
		d := newDoor(t, server.Options{Access: rules})
		for _, path := range []string{"/" + d.image.Path(d.image.Files[0]), "/1.0/images/" + d.image.Fingerprint + "/export"} {
			if got := d.ask("192.0.2.1", path).Header().Get("Cache-Control"); !strings.HasPrefix(got, word+", max-age=") {
				t.Errorf("of a %s server, %s may be kept by %q", word, path, got)
			}
		}
		const name = "/1.0/images/nginx/export"
		if got := d.ask("192.0.2.1", name).Header().Get("Cache-Control"); strings.Contains(got, "private") != (word == "private") || !strings.Contains(got, "no-cache") {
			t.Errorf("of a %s server, %s may be kept by %q", word, name, got)
		}
	}
}
