//go:build e2e

package hub

import (
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// asksForImages is a program with the client library pylxd, in Python: it prints of each
// name whether there is such an image, and of the first one what it is called there.
const asksForImages = `
import sys, pylxd
client = pylxd.Client(endpoint=sys.argv[1], verify=sys.argv[2])
for name in sys.argv[3:]:
    print(name, client.images.exists(name, alias=True), client.images.exists(name))
    try:
        client.images.get_by_alias(name)
    except pylxd.exceptions.NotFound as e:
        print("NotFound:", e.response.status_code)
print(client.images.get_by_alias(sys.argv[3]).fingerprint)
`

// TestPylxdIsToldWhetherAnImageExists: it takes 404 for a no, and anything else for a
// failure of the program that asks.
func TestPylxdIsToldWhetherAnImageExists(t *testing.T) {
	t.Parallel()
	s := newSite(t, bed.Registry, "--on-demand-deny", "library/redis")
	trusted := filepath.Join(t.TempDir(), "server.crt")
	if err := os.WriteFile(trusted, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate}), 0o644); err != nil {
		t.Fatal(err)
	}
	names := []string{"goserver", "redis", "ghcr.io/me/app", "Not a name", "0123456789abcdef"}
	// Debian's own: another python3 in PATH would not have the library.
	cmd := exec.CommandContext(t.Context(), "/usr/bin/python3", append([]string{"-W", "ignore", "-c", asksForImages, s.URL, trusted}, names...)...)
	// HOME is where it looks for a certificate to show; the other one takes precedence over verify.
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "REQUESTS_CA_BUNDLE="+trusted)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := "goserver True True\n" +
		"redis False False\nNotFound: 404\n" +
		"ghcr.io/me/app False False\nNotFound: 404\n" +
		"Not a name False False\nNotFound: 404\n" +
		"0123456789abcdef False False\nNotFound: 404\n" +
		s.alias(t, "goserver") + "\n"
	if string(out) != want {
		t.Errorf("it prints\n%s, not\n%s", out, want)
	}
}
