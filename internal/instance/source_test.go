package instance

import (
	"testing"

	"lxdocker/internal/daemon"
)

func TestTheNewerImageSaysWhereTheOlderOneCameFrom(t *testing.T) {
	web := daemon.Instance{Architecture: "x86_64", Config: map[string]string{"image.lxdocker.ref": "nginx", "image.os": "nginx", "image.release": "latest", "image.variant": "default"}}
	image := func(os, architecture, server string) daemon.Image {
		i := daemon.Image{Architecture: architecture, Properties: map[string]string{"lxdocker.ref": "nginx", "os": os, "release": "latest", "variant": "default"}}
		if server != "" {
			i.UpdateSource = &daemon.UpdateSource{Server: server, Alias: "nginx"}
		}
		return i
	}
	for name, row := range map[string]struct {
		images []daemon.Image
		want   string
	}{
		"there is none":                    {nil, ""},
		"there is a newer one":             {[]daemon.Image{image("nginx", "x86_64", "https://hub")}, "https://hub"},
		"it does not say it either":        {[]daemon.Image{image("nginx", "x86_64", "")}, ""},
		"it is that of another machine":    {[]daemon.Image{image("nginx", "aarch64", "https://hub")}, ""},
		"a spec has changed the same one":  {[]daemon.Image{image("web", "x86_64", "https://hub")}, ""},
		"several are of the same server":   {[]daemon.Image{image("nginx", "x86_64", "https://hub"), image("nginx", "x86_64", "https://hub")}, "https://hub"},
		"two servers have one of the name": {[]daemon.Image{image("nginx", "x86_64", "https://hub"), image("nginx", "x86_64", "https://other")}, ""},
	} {
		got := ""
		if from := sourceOf(web, row.images); from != nil {
			got = from.Server
		}
		if got != row.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}
