package instance

import (
	"maps"
	"testing"

	"lxdocker/internal/daemon"
)

func TestWhatIsParkedComesBack(t *testing.T) {
	web := func() daemon.Instance {
		return daemon.Instance{Name: "web",
			Config:  map[string]string{"volatile.eth0.hwaddr": "00:16:3e:00:00:01", "boot.autostart": "true", "security.protection.delete": "true", "user.x": "1", "image.os": "nginx", "volatile.base_image": "f"},
			Devices: daemon.Devices{"eth0": {"type": "nic", "ipv4.address": "10.0.0.7", "network": "n"}, "http": {"type": "proxy"}},
			ExpandedDevices: daemon.Devices{"eth0": {"type": "nic", "ipv4.address": "10.0.0.7", "network": "n"}, "http": {"type": "proxy"},
				"eth1": {"type": "nic", "ipv6.address": "fd42::7", "network": "m"}, "eth2": {"type": "nic", "network": "m"}}} // of a profile
	}
	i, m := web(), mark{Role: roleOld, Of: "web"}
	m.park(&i)
	if i.Config["boot.autostart"] != "false" || i.Config["security.protection.delete"] != "false" || i.Config["volatile.eth0.hwaddr"] != "" || i.Devices["eth0"]["ipv4.address"] != "" || i.Devices["eth0"]["network"] != "n" || i.Devices["http"] == nil {
		t.Errorf("parked it has %q, %q", i.Config, i.Devices)
	}
	if i.Devices["eth1"]["ipv6.address"] != "" || i.Devices["eth1"]["network"] != "m" || i.Devices["eth2"] != nil {
		t.Errorf("parked it has the profile's devices %q", i.Devices)
	}
	m.park(&i) // a crash may come between
	if err := m.on(&i); err != nil {
		t.Fatal(err)
	}
	back, ok := markOf(i)
	if !ok {
		t.Fatal("the mark cannot be read")
	}
	back.unpark(&i)
	delete(i.Config, keyUpdate)
	want := web()
	if !maps.Equal(i.Config, want.Config) || len(i.Devices) != len(want.Devices) || !maps.Equal(i.Devices["eth0"], want.Devices["eth0"]) {
		t.Errorf("it comes back with %q, %q", i.Config, i.Devices)
	}
}

func TestASuccessorHasNothingOfTheImageOrThePast(t *testing.T) {
	old := daemon.Instance{Name: "web", Profiles: []string{"default"}, Devices: daemon.Devices{"data": {"type": "disk"}},
		Config: map[string]string{"volatile.eth0.hwaddr": "00:16:3e:00:00:01", "image.os": "nginx", "user.x": "1", keyUpdate: "{}", keyRefused: "f", "environment.A": "b"}}
	m := mark{Role: roleNew, Of: "web", To: "f2"}
	n, err := successor(old, &m)
	if err != nil {
		t.Fatal(err)
	}
	if n.Name != "web-new" || n.Config["user.x"] != "1" || n.Config["environment.A"] != "b" || n.Config["image.os"] != "" || n.Config[keyRefused] != "" || n.Config["boot.autostart"] != "false" || n.Source.Fingerprint != "f2" {
		t.Errorf("%+v", n)
	}
	if old.Config["volatile.eth0.hwaddr"] == "" {
		t.Error("the old one has changed")
	}
	if m, ok := markOf(daemon.Instance{Config: n.Config}); !ok || !m.Parked || m.Role != roleNew {
		t.Errorf("its mark is %+v", m)
	}
}
