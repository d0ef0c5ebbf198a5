//go:build e2e

package hub

import (
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"

	"lxdocker/test/testbed"
)

// TestAVirtualMachineIsRefused: the images are of containers, and whoever asks for a
// virtual machine is told so: by the command line, and by the daemon that something else
// asks for one.
func TestAVirtualMachineIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, bed.Registry)
	s.alias(t, "goserver") // by simplestreams there is what was converted
	each(t, func(t *testing.T, d testbed.Daemon) {
		native, streams := s.client(t, d), d.WithConfig(t.TempDir())
		if err := streams.AddRemote(t.Context(), "hub", s.URL, s.Certificate); err != nil {
			t.Fatal(err)
		}
		refused := func(d testbed.Daemon, want string, args ...string) {
			t.Helper()
			out, err := d.Run(t.Context(), args...)
			if err == nil {
				t.Errorf("there is one: %s", out)
				_, _ = d.Run(t.Context(), "delete", "vm", "--force")
			} else if !strings.Contains(err.Error(), want) {
				t.Errorf("it says %v, not %q", err, want)
			}
		}
		refused(native, "Asked for a VM but image is of type container", "init", "hub:goserver", "vm", "--vm")
		refused(streams, "The requested image couldn't be found", "init", "hub:goserver", "vm", "--vm")
		protocol, mismatch := "lxd", `type "container" doesn't match instance type "virtual-machine"`
		switch d.Name {
		case "Incus":
			protocol = "incus"
		case "Incus 7":
			protocol, mismatch = "incus", `but one was found for instance type "container"`
		}
		request, err := json.Marshal(map[string]any{
			"name": "vm", "type": "virtual-machine",
			"source": map[string]string{
				"type": "image", "mode": "pull", "server": s.URL, "protocol": protocol,
				"certificate": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate})), "alias": "goserver",
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		refused(native, mismatch, "query", "-X", "POST", "--wait", "-d", string(request), "/1.0/instances")
	})
}
