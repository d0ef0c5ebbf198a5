package instance

import (
	"fmt"
	"strings"
	"testing"

	"lxdocker/internal/daemon"
)

func TestPathsOfTheSameNameAreDevicesOfTheirOwn(t *testing.T) {
	all := Options{
		Mounts:  []Mount{{Volume: "x", Path: "/a/b"}, {Volume: "y", Path: "/a-b"}},
		Ports:   []Port{{Protocol: "tcp", Address: "127.0.0.1", Host: "80", Inside: "80"}, {Protocol: "tcp", Address: "127.0.0.2", Host: "80", Inside: "81"}},
		Devices: []Device{{Host: "/dev/x/y", Path: "/dev/x/y"}, {Host: "/dev/x-y", Path: "/dev/x-y"}},
	}.devices("default")
	if len(all) != 6 {
		t.Errorf("of six devices there are %v", all)
	}
}

func TestDevicesAreReadAsDockerReadsThem(t *testing.T) {
	for text, want := range map[string]string{
		"/dev/ttyUSB0":               "/dev/ttyUSB0 /dev/ttyUSB0",
		"/dev/ttyUSB0:/dev/modem":    "/dev/ttyUSB0 /dev/modem",
		"/dev/ttyUSB0:/dev/modem:rw": "/dev/ttyUSB0 /dev/modem",
		"/dev/fuse:rwm":              "/dev/fuse /dev/fuse",
		"/dev/fuse:":                 "!is no access",
		"/dev/fuse:r":                "!leave :r out",
		"/dev/fuse:x":                "!is no access",
		"/tmp/node:/dev/node":        "!not in /dev",
		"ttyUSB0":                    "!no path of a device",
		"/":                          "!no path of a device",
		"/dev/a:/dev/b:/dev/c":       "!it is /DEVICE",
	} {
		d, err := ParseDevice(text)
		if says, wrong := strings.CutPrefix(want, "!"); wrong {
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%q: %v", text, err)
			}
		} else if got := d.Host + " " + d.Path; err != nil || got != want {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}

func TestADeviceHasTheGroupOfTheHosts(t *testing.T) {
	for want, d := range map[string]Device{
		"map[mode:0660 path:/dev/b source:/dev/a type:unix-char]":          {Host: "/dev/a", Path: "/dev/b"},
		"map[gid:20 mode:0660 path:/dev/b source:/dev/a type:unix-char]":   {Host: "/dev/a", Path: "/dev/b", Node: &Node{GID: 20, Mode: 0o660}},
		"map[gid:0 mode:0666 path:/dev/a source:/dev/a type:unix-char]":    {Host: "/dev/a", Path: "/dev/a", Node: &Node{Mode: 0o666}},
		"map[gid:6 mode:0660 path:/dev/sd source:/dev/sd type:unix-block]": {Host: "/dev/sd", Path: "/dev/sd", Node: &Node{Block: true, GID: 6, Mode: 0o660}},
	} {
		if got := fmt.Sprint(d.device()); got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
}

func TestARestrictedProjectForbidsWhatItForbids(t *testing.T) {
	node := Node{Block: true}
	for says, o := range map[string]Options{
		"restricted.devices.unix-char=allow":      {Devices: []Device{{Host: "/dev/a", Path: "/dev/a"}}},
		"restricted.devices.unix-block=allow":     {Devices: []Device{{Host: "/dev/a", Path: "/dev/a", Node: &node}}},
		"restricted.devices.gpu=allow":            {GPUs: &GPUs{All: true}},
		"restricted.containers.privilege=allow":   {Privileged: PrivilegedHost},
		"restricted.containers.nesting=allow":     {Privileged: PrivilegedNesting},
		"restricted.devices.proxy=allow":          {Ports: []Port{{}}},
		"restricted.devices.disk=allow and restr": {Mounts: []Mount{{Host: "/srv"}}},
	} {
		err := permitted(daemon.Project{Name: "team", Config: map[string]string{"restricted": "true"}}, o)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
		key, value, _ := strings.Cut(strings.Fields(says)[0], "=")
		if err := permitted(daemon.Project{Config: map[string]string{"restricted": "true", key: value, "restricted.devices.disk.paths": "/srv", "restricted.containers.nesting": "allow"}}, o); err != nil {
			t.Errorf("with %s: %v", says, err)
		}
	}
}
