package registry

import "testing"

func TestAnInsecureRegistryIsOneHoweverItIsWritten(t *testing.T) {
	in, err := newInsecure([]string{"Reg.example.:5000", "plain.example", "tls.example:0443", "::1", "[0:0::2]:80", "docker.io:443"})
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]bool{
		"reg.example:5000": true, "REG.example:05000": true, "reg.example": false, "reg.example:5001": false,
		"plain.example": true, "plain.example:5000": true, "plain.example.:443": true,
		"tls.example": true, "tls.example:443": true, "tls.example:80": false,
		"[::1]": true, "[0::1]:5000": true, "[::2]:80": true, "[::2]": false,
		"index.docker.io": true, "docker.io": true, "index.docker.io:80": false,
	} {
		if got := in.named(host); got != want {
			t.Errorf("%s is named: %v", host, got)
		}
	}
	if _, err := newInsecure([]string{"127.1"}); err == nil {
		t.Error("what is no host is taken")
	}
}

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
