package registry

import "testing"

func TestLoopbackNeedsNoNameServer(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "localhost:5000": true, "LOCALHOST": true,
		"127.0.0.1": true, "127.0.0.1:5000": true, "127.9.9.9:1": true, "[::1]:5000": true, "[::1]": true,
		"[::ffff:127.0.0.1]:80": true,
		"localhost.example":     false, "x.localhost": false, "127.0.0.1.example": false, "10.0.0.1:5000": false,
		"192.168.1.1": false, "ghcr.io": false, "[fd00::1]:80": false,
	} {
		if got := loopback(host); got != want {
			t.Errorf("loopback(%q) = %v", host, got)
		}
	}
}
