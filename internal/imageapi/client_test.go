package imageapi

import (
	"testing"
)

func TestClients(t *testing.T) {
	for agent, want := range map[string]client{
		"LXD 5.0.2 (Linux; x86_64; 6.1.0; Debian GNU/Linux; 12)":                       {lxd, 5, 0, "amd64", false},
		"LXD 5.21.2 LTS (Linux; aarch64; 6.8.0-31-generic; Ubuntu; 24.04) (zfs 2.1.5)": {lxd, 5, 21, "arm64", true},
		"LXD 6.9 (Linux; s390x)":                                      {lxd, 6, 9, "s390x", false},
		"Incus 6.0.4 (Linux; armv7l; 6.1.0; Debian GNU/Linux; 12)":    {incus, 6, 0, "armhf", false},
		"Incus 7.0.2 LTS (Linux; riscv64; …)":                         {incus, 7, 0, "riscv64", false},
		"Incus 6.3 (Linux;i686;x)":                                    {incus, 6, 3, "i386", false},
		"Incus 7 (Darwin; arm64)":                                     {incus, 7, 0, "arm64", false},
		"LXD 5.0.2 (Linux; vax; 4.3)":                                 {lxd, 5, 0, "", false},
		"LXD 5.0.2":                                                   {lxd, 5, 0, "", false},
		"LXD 5.0.2 (x86_64":                                           {lxd, 5, 0, "", false},
		"Incus 6.0.4 (Linux; x86_64; 6.1.0) (dir 1; zfs 2) (cluster)": {incus, 6, 0, "amd64", true},
		"LXD x.-1 (Linux; x86_64)":                                    {lxd, 0, 0, "amd64", false},
		"Incus 99999999999999999999.1 (Linux; x86_64)":                {incus, 0, 1, "amd64", false},
		"LXD":         {},
		"":            {},
		"curl/7.88.1": {},
		"Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0": {},
		"LXDE 5.0.2 (Linux; x86_64)": {},
		"Mozilla 5.0 (Linux; x86_64) of a phone whose architecture says nothing about servers": {},
	} {
		if got := clientOf(agent); got != want {
			t.Errorf("%q is %+v, want %+v", agent, got, want)
		}
	}
}

func TestIncusMakesApplicationContainersFrom63On(t *testing.T) {
	for agent, want := range map[string]bool{
		"Incus 6.0.4 (L; x86_64)": false, "Incus 6.2 (L; x86_64)": false, "Incus 6.3 (L; x86_64)": true, "Incus 6.14 (L; x86_64)": true,
		"Incus 7.0.2 (L; x86_64)": true, "Incus 5.9 (L; x86_64)": false, "Incus x (L; x86_64)": false, "LXD 6.4 (L; x86_64)": false, "": false,
	} {
		if got := clientOf(agent).applications(); got != want {
			t.Errorf("%s: %v", agent, got)
		}
	}
}

func TestCommandLinesAreToldFromDaemons(t *testing.T) {
	for agent, want := range map[string]bool{
		"LXD 5.0.2 (Linux; x86_64; 6.1.0; Debian GNU/Linux; 12)":          true,
		"LXD 5.0.2 (Linux; x86_64; 6.1.0; Debian GNU/Linux; 12) (dir 1)":  false,
		"LXD 5.21.4 LTS (Linux; x86_64; 6.8.0; Ubuntu; 24.04)":            true,
		"Incus 6.0.4 (Linux; x86_64; 6.1.0) (dir 1; zfs 2.1.5) (cluster)": false,
		"Incus 7.0.2 (Darwin; arm64)":                                     true,
		"curl/7.88.1":                                                     false,
		"":                                                                false,
	} {
		if got := clientOf(agent).commandLine(); got != want {
			t.Errorf("%q: %v", agent, got)
		}
	}
}
