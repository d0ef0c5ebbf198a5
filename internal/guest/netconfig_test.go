package guest

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// readConfig has the shell read a text as user.lxdocker.net. It gives what the
// shell understands, and what it prints.
func readConfig(t *testing.T, config string) (understood, said string) {
	t.Helper()
	dir := t.TempDir()
	at := filepath.Join(dir, "network")
	must(t, os.WriteFile(at, []byte(config), 0o644))
	for _, name := range []string{"lib.sh", "netconfig.sh", "netvalue.sh"} {
		must(t, os.WriteFile(filepath.Join(dir, name), file(name), 0o644))
	}
	cmd := exec.Command(busyboxFile(), "sh", "-c", `. ./lib.sh; . ./netvalue.sh; . ./netconfig.sh
		bb=$0; read_network_config network; printf '%s %s\n%s' "$default_mode" "$wait_limit" "$nic_config"`, busyboxFile())
	cmd.Dir = dir
	var out, err strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &err
	if e := cmd.Run(); e != nil {
		t.Fatalf("%q: %v: %s", config, e, err.String())
	}
	entries, e := os.ReadDir(dir)
	must(t, e)
	if len(entries) != 4 {
		t.Fatalf("%q has made files: %v", config, entries)
	}
	return out.String(), strings.ReplaceAll(err.String(), "lxdocker: user.lxdocker.net: ", "")
}

func TestTheNetworkConfigurationIsRead(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, config, understood string }{
		{"nothing", "", "dhcp 10\n"},
		{"blanks and comments", " \n\t;;\r\n# eth0 none\n;", "dhcp 10\n"},
		{"no network", "none", "none 10\n"},
		{"a limit for the wait", "wait=30", "dhcp 30\n"},
		{"the mode, the limit and an interface", "none wait=0 eth1 dhcp", "none 0\neth1 dhcp\n"},
		{"lines or semicolons, with a comment", "eth0 dhcp # as ever\r\neth1 none;eth2\tdhcp", "dhcp 10\neth0 dhcp\neth1 none\neth2 dhcp\n"},
		{"everything", "eth0 address=10.0.0.5/24 gateway=10.0.0.1 address=fd00::5/64 gateway=fe80::1 dns=1.1.1.1,fd00::1,fe80::1%eth0 search=a.example,b metric=5",
			"dhcp 10\neth0 address=10.0.0.5/24 gateway=10.0.0.1 address=fd00::5/64 gateway=fe80::1 dns=1.1.1.1 dns=fd00::1 dns=fe80::1%eth0 search=a.example search=b metric=5\n"},
		{"names that are not eth0", "lan dhcp; veth-1.20_x none; 0 none", "dhcp 10\nlan dhcp\nveth-1.20_x none\n0 none\n"},
		{"no newline at the end", "none\nwait=3", "none 3\n"},
		{"forms of IPv6", "eth0 address=::/0,::1/128,1::/16,1:2:3:4:5:6:7:8/64,1:2:3:4:5:6:7::/64,FD00::aBcd/64", "dhcp 10\neth0 address=::/0 address=::1/128 address=1::/16 address=1:2:3:4:5:6:7:8/64 address=1:2:3:4:5:6:7::/64 address=FD00::aBcd/64\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			understood, said := readConfig(t, test.config)
			if diff := cmp.Diff(test.understood, understood); diff != "" || said != "" {
				t.Errorf("understood (-wanted +got):\n%s\nsaid: %s", diff, said)
			}
		})
	}
}

func TestMistakesInTheNetworkConfigurationAreNamedAndTheRestWorks(t *testing.T) {
	t.Parallel()
	const address, gateway = "it takes ADDRESS/LENGTH, as 10.0.0.5/24 or fd00::5/64", "it takes an address, as 10.0.0.1 or fe80::1"
	for _, test := range []struct{ name, config, understood, said string }{
		{"no length", "eth0 address=10.0.0.5 dns=9.9.9.9", "dhcp 10\neth0 dns=9.9.9.9\n", "'10.0.0.5' is no address for eth0: " + address},
		{"a long length", "eth0 address=10.0.0.5/33,fd00::1/129", "dhcp 10\neth0\n", "'10.0.0.5/33' is no address for eth0: " + address + "\n'fd00::1/129' is no address for eth0: " + address},
		{"a number too big", "eth0 address=10.0.0.256/24", "dhcp 10\neth0\n", "'10.0.0.256/24' is no address for eth0: " + address},
		{"three numbers", "eth0 address=10.0.0/24", "dhcp 10\neth0\n", "'10.0.0/24' is no address for eth0: " + address},
		{"two gaps", "eth0 address=1::2::3/64", "dhcp 10\neth0\n", "'1::2::3/64' is no address for eth0: " + address},
		{"too few groups", "eth0 address=1:2:3/64", "dhcp 10\neth0\n", "'1:2:3/64' is no address for eth0: " + address},
		{"a name for a gateway", "eth0 address=10.0.0.5/24 gateway=router", "dhcp 10\neth0 address=10.0.0.5/24\n", "'router' is no gateway for eth0: " + gateway},
		{"a gateway of another family", "eth0 address=10.0.0.5/24 gateway=fd00::1", "dhcp 10\neth0 address=10.0.0.5/24 gateway=fd00::1\n", "'fd00::1' needs an IPv6 address= for eth0 too"},
		{"a word nobody knows", "eth0 dhcp dchp colour=red", "dhcp 10\neth0 dhcp\n",
			"'dchp' is not understood for eth0: dhcp, none, address=, gateway=, dns=, search=, metric= are\n'colour=red' is not understood for eth0: dhcp, none, address=, gateway=, dns=, search=, metric= are"},
		{"nothing behind it", "eth0 dns=", "dhcp 10\neth0\n", "'dns=' is not understood for eth0: dhcp, none, address=, gateway=, dns=, search=, metric= are"},
		{"a mistyped word alone", "dchp", "dhcp 10\ndchp\n", "'dchp' is followed by nothing: dhcp, none, or address=ADDRESS/LENGTH"},
		{"no interface before it", "address=10.0.0.5/24", "dhcp 10\n", "'address=10.0.0.5/24' is not understood here: wait=SECONDS would be, or the name of an interface before it"},
		{"a time that is none", "wait=soon; wait=-1; wait=99999; none", "none 10\n",
			"'wait=soon' is not understood: it takes seconds, 0 to 9999\n'wait=-1' is not understood: it takes seconds, 0 to 9999\n'wait=99999' is not understood: it takes seconds, 0 to 9999"},
		{"contradictions", "eth0 none address=10.0.0.5/24; eth1 dhcp address=10.0.1.5/24", "dhcp 10\neth0 none address=10.0.0.5/24\neth1 dhcp address=10.0.1.5/24\n",
			"'none' is said about eth0, and something else too: none it is\n'dhcp' does nothing for eth1, which has an IPv4 address="},
		{"the loopback", "lo none", "dhcp 10\n", "'lo' is neither dhcp nor none nor the name of an interface"},
		{"many", strings.Repeat("! none;", 40) + "wait=3", "dhcp 3\n", strings.Repeat("'!' is neither dhcp nor none nor the name of an interface\n", 5) + "and 35 more like these"},
	} {
		t.Run(test.name, func(t *testing.T) {
			understood, said := readConfig(t, test.config)
			if diff := cmp.Diff(test.understood+"--\n"+test.said, understood+"--\n"+strings.TrimSpace(said)); diff != "" {
				t.Errorf("(-wanted +got):\n%s", diff)
			}
		})
	}
}

// Whatever the text is, nothing in it is run, and only words of harmless characters
// get through.
func TestAHostileNetworkConfigurationDoesNothing(t *testing.T) {
	t.Parallel()
	pieces := []string{"$(touch x)", "`touch x`", "'", `"`, "\\", ";", "|", "&", "\n", " ", "\t", "*", "?", "[a-z]", "~", "$IFS", "${x:?}", "-r", "--help", "eth0", "eth1", "dhcp",
		"none", "wait=", "address=", "10.0.0.5/24", "fd00::1/64", "gateway=", "dns=", "search=", ",", "=", "#", "\x1b[31m", "\x01", "ä", "%s", "%n", "$((1/0))", "08", "wait=08", "metric=09", "/", "..", "{}", "!", "<x", ">x"}
	random := rand.New(rand.NewPCG(3, 8))
	for range 300 {
		var b strings.Builder
		for range random.IntN(12) {
			b.WriteString(pieces[random.IntN(len(pieces))])
		}
		understood, said := readConfig(t, b.String())
		if strings.Trim(understood, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:/%_-= \n") != "" {
			t.Errorf("%q becomes %q", b.String(), understood)
		}
		if strings.ContainsAny(said, "\x1b\x01\t") || strings.Contains(said, "ä") || strings.Contains(said, "sh:") {
			t.Errorf("about %q it says %q", b.String(), said)
		}
	}
}
