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
// virtual machine is told so, by the command line and by the daemon.
func TestAVirtualMachineIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, bed.Registry)
	each(t, func(t *testing.T, d testbed.Daemon) {
		d = s.client(t, d)
		out, err := d.Run(t.Context(), "init", "hub:goserver", "vm", "--vm")
		if err == nil {
			t.Errorf("there is one: %s", out)
			_, _ = d.Run(t.Context(), "delete", "vm", "--force")
		}
		if err != nil && !strings.Contains(err.Error(), "Asked for a VM but image is of type container") {
			t.Errorf("the command line says %v", err)
		}
		request, err := json.Marshal(map[string]any{
			"name": "vm", "type": "virtual-machine",
			"source": map[string]string{
				"type": "image", "mode": "pull", "server": s.URL, "protocol": "lxd", "certificate": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate})), "alias": "goserver",
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		out, err = d.Run(t.Context(), "query", "-X", "POST", "--wait", "-d", string(request), "/1.0/instances")
		if err == nil {
			t.Errorf("there is one: %s", out)
			_, _ = d.Run(t.Context(), "delete", "vm", "--force")
		}
	})
}
