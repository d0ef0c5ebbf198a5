package monitor_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lxdocker/internal/server/monitor"
)

func TestASocketOfSomebodyElseIsForThisMachineToo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	for name, test := range map[string]struct {
		network, address string
		mode             os.FileMode
		refused          string
	}{
		"a loopback address":      {network: "tcp", address: "127.0.0.1:0"},
		"every address":           {network: "tcp", address: ":0", refused: "only for this machine"},
		"a file for a group":      {network: "unix", address: path, mode: 0o660},
		"a file for every user":   {network: "unix", address: path, mode: 0o666, refused: "SocketMode=0660"},
		"a name without its file": {network: "unix", address: "@" + path, refused: "has to be a path"},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen(test.network, test.address)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			if test.mode != 0 {
				if err := os.Chmod(path, test.mode); err != nil {
					t.Fatal(err)
				}
			}
			_, err = monitor.Take(l)
			if (err != nil) != (test.refused != "") || err != nil && !strings.Contains(err.Error(), test.refused) {
				t.Errorf("%v", err)
			}
		})
	}
}
