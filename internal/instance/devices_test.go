package instance

import "testing"

func TestPathsOfTheSameNameAreDevicesOfTheirOwn(t *testing.T) {
	all := Options{
		Mounts:  []Mount{{Volume: "x", Path: "/a/b"}, {Volume: "y", Path: "/a-b"}},
		Ports:   []Port{{Protocol: "tcp", Address: "127.0.0.1", Host: "80", Inside: "80"}, {Protocol: "tcp", Address: "127.0.0.2", Host: "80", Inside: "81"}},
		Devices: []string{"/dev/x/y", "/dev/x-y"},
	}.devices("default")
	if len(all) != 6 {
		t.Errorf("of six devices there are %v", all)
	}
}
