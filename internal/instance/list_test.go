package instance

import (
	"testing"
	"time"

	"lxdocker/internal/daemon"
)

func TestANewerImageIsOneThatTheDaemonGotLater(t *testing.T) {
	at := func(hour int) time.Time { return time.Date(2026, 11, 30, hour, 0, 0, 0, time.UTC) }
	image := func(fingerprint, ref string, hour int) daemon.Image {
		return daemon.Image{Fingerprint: fingerprint, UploadedAt: at(hour), Properties: map[string]string{"lxdocker.ref": ref, "lxdocker.digest": "sha256:" + fingerprint}}
	}
	instance := daemon.Instance{CreatedAt: at(5), Config: map[string]string{"volatile.base_image": "own", imageRef: "nginx", keyRefused: "bad"}}
	for name, row := range map[string]struct {
		images []daemon.Image
		want   string
	}{
		"it runs the only one":                 {[]daemon.Image{image("own", "nginx", 1)}, ""},
		"one came since":                       {[]daemon.Image{image("own", "nginx", 1), image("next", "nginx", 2)}, "next"},
		"the last of several":                  {[]daemon.Image{image("last", "nginx", 7), image("own", "nginx", 1), image("next", "nginx", 6)}, "last"},
		"one was there before":                 {[]daemon.Image{image("old", "nginx", 1), image("own", "nginx", 2)}, ""},
		"its own was removed":                  {[]daemon.Image{image("next", "nginx", 6)}, "next"},
		"its own was removed, and one is left": {[]daemon.Image{image("old", "nginx", 4)}, ""},
		"one of another name":                  {[]daemon.Image{image("own", "nginx", 1), image("other", "redis", 6)}, ""},
		"one that has not worked":              {[]daemon.Image{image("own", "nginx", 1), image("bad", "nginx", 6)}, "bad, refused"},
		"there is none":                        {nil, ""},
	} {
		got := ""
		if n := newer(instance, row.images); n != nil {
			if got = n.Fingerprint; n.Refused {
				got += ", refused"
			}
			if n.Digest != "sha256:"+n.Fingerprint {
				t.Errorf("%s: its digest is %s", name, n.Digest)
			}
		}
		if got != row.want {
			t.Errorf("%s: %q, not %q", name, got, row.want)
		}
	}
}
