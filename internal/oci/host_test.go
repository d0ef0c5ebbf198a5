package oci_test

import (
	"strings"
	"testing"

	"lxdocker/internal/oci"
)

func TestAHostIsWrittenInOneWay(t *testing.T) {
	for want, spellings := range map[string]string{
		"ghcr.io":        "ghcr.io GHCR.io ghcr.io. ghcr.io:443 ghcr.io:0443 Ghcr.IO.:00443",
		"ghcr.io:5000":   "ghcr.io:5000 ghcr.io:05000 ghcr.io.:5000",
		"docker.io":      "docker.io docker.io:443 index.docker.io Index.Docker.io.:443 registry-1.docker.io registry.hub.docker.com",
		"localhost":      "localhost LOCALHOST localhost.",
		"localhost:443":  "localhost:443 localhost:0443 LocalHost.:443",
		"127.0.0.1:443":  "127.0.0.1:443 [::ffff:127.0.0.1]:443 [::ffff:7f00:1]:0443",
		"[::1]:5000":     "[::1]:5000 [0:0:0:0:0:0:0:1]:5000 [0::1]:05000",
		"[::1]":          "[::1] [0000::0001]",
		"[2001:db8::a]":  "[2001:db8::a] [2001:DB8:0::A]:443",
		"192.0.2.1":      "192.0.2.1 192.0.2.1:443 [::ffff:192.0.2.1] [::FFFF:c000:201]:443 192.0.2.1.",
		"my_registry":    "my_registry",
		"registry:443":   "registry:443 Registry:0443 registry. registry.:443",
		"registry:5000":  "registry:5000 registry.:05000",
		"xn--rksmrgs-5w": "xn--rksmrgs-5w",
		"a.b0x1":         "a.b0x1",
	} {
		for s := range strings.FieldsSeq(spellings) {
			got, err := oci.CanonicalHost(s)
			if err != nil || got != want {
				t.Errorf("%s is %q, %v; want %s", s, got, err, want)
			}
			if again, err := oci.CanonicalHost(got); again != got {
				t.Errorf("%s is %q in turn (%v)", got, again, err)
			}
		}
	}
}

func TestWhatIsNoHost(t *testing.T) {
	for s, why := range map[string]string{
		"":                      "is no host",
		".":                     "is no host",
		"ghcr.io..":             "is no host",
		"a..b":                  "is no host",
		".ghcr.io":              "is no host",
		"-a":                    "is no host",
		"a b":                   "is no host",
		"ghcr.io:":              "is no port",
		"ghcr.io:+443":          "is no port",
		"ghcr.io:65536":         "is no port",
		"ghcr.io:0":             "is no port",
		"ｇｈｃｒ.ｉｏ":               "in ASCII",
		"ghcr.io：443":           "in ASCII",
		"ghcr。io":               "in ASCII",
		"doc\u212aer.io":        "in ASCII", // the sign for kelvin, which is a k in small letters
		"räksmörgås.example":    "xn--",
		"[::1":                  "is no host",
		"[]":                    "is no host",
		"[::1]x":                "is no host",
		"[fe80::1%eth0]":        "is no host",
		"[127.0.0.1]":           "is no host",
		"127.1":                 "four numbers",
		"2130706433":            "four numbers",
		"0x7f000001":            "four numbers",
		"127.0.0.0x1":           "four numbers",
		"0177.0.0.1":            "four numbers",
		"127.0.0.01":            "four numbers",
		"256.0.0.1":             "four numbers",
		"1.2.3.4.5":             "four numbers",
		"99999999999999999999.": "four numbers",
	} {
		if got, err := oci.CanonicalHost(s); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q is %q, %v; want %q", s, got, err, why)
		}
	}
}

func FuzzCanonicalHost(f *testing.F) {
	for _, s := range []string{"ghcr.io:0443", "[::ffff:1.2.3.4]:5", "a.", "127.1", "K.io", "[::1]", "localhost:443"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		host, err := oci.CanonicalHost(s)
		if err != nil {
			return
		}
		if again, err := oci.CanonicalHost(host); again != host || err != nil {
			t.Fatalf("%q is %q, and that %q, %v", s, host, again, err)
		}
		if strings.ContainsAny(host, "/@ \x00\n") || host != strings.ToLower(host) {
			t.Fatalf("%q is %q", s, host)
		}
	})
}
