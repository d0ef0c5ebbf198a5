//go:build e2e

package page

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"time"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// shelf is a store in memory.
type shelf struct{ now *store.Snapshot }

func (s *shelf) Versions(context.Context) (*store.Snapshot, error) { return s.now, nil }

func (s *shelf) Check(context.Context, ...image.Product) error { return nil }

func (s *shelf) Describe(_ context.Context, id image.ID) (image.Version, error) {
	v, ok := s.now.Version(id)
	if !ok {
		return v, fs.ErrNotExist
	}
	v.Runs = &image.Runs{
		Entrypoint: []string{"docker-entrypoint.sh"}, Cmd: []string{id.Name + "-server", "--config", "/etc/" + id.Name + ".conf"}, User: "999:999", WorkDir: "/var/lib/" + id.Name,
		Ports: []string{"15672/tcp", "5672/tcp"}, Volumes: []string{"/var/lib/" + id.Name}, StopSignal: "SIGINT", Environment: []string{"PATH", "LANG", "HOME", "DATA"},
		Health: []string{"/bin/sh", "-c", id.Name + "-ctl ping || exit 1"},
		Labels: map[string]string{
			"source": "https://git.example.org/" + id.Name + "/image", "revision": sum(id.Serial)[:40], "licenses": "Apache-2.0", "vendor": "Example",
			"url": "http://" + id.Name + ".example.org/",
		},
	}
	if v.Serial == newestOf(s.now, id.Product) { // something to compare
		v.Runs.Ports, v.Runs.Environment = append(v.Runs.Ports, "15692/tcp"), append(v.Runs.Environment, "FEATURES")
	}
	for n := range v.Layers {
		v.Runs.LayerSizes = append(v.Runs.LayerSizes, int64(29_500_000/(1+n*n)+n*1234))
	}
	return v, nil
}

// OpenFile gives zeros: nobody looks at what is in a file.
func (s *shelf) OpenFile(_ context.Context, path string) (*store.Published, error) {
	id, name, _ := image.ParsePath(path)
	v, _ := s.now.Version(id)
	for _, f := range v.Files {
		if f.Name == name {
			return &store.Published{Content: zeros(f.Size), Version: v, Entry: f}, nil
		}
	}
	return nil, fs.ErrNotExist
}

type zeros int64

func (z zeros) ReadAt(p []byte, _ int64) (int, error) { clear(p); return len(p), nil }

func (z zeros) Size() int64 { return int64(z) }

func (zeros) Close() error { return nil }

func newestOf(s *store.Snapshot, p image.Product) (serial string) {
	for _, v := range s.Product(p) {
		serial = max(serial, v.Serial)
	}
	return serial
}

func sum(words ...any) string { return fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, words...))) }

// known are images that people know, with descriptions of a sentence or none.
var known = []struct{ name, tag, about string }{
	{"nginx", "1.29", "Web server and reverse proxy"}, {"postgres", "17", "The relational database"}, {"redis", "7", ""},
	{"grafana", "11.2", "Dashboards for metrics and logs"}, {"mariadb", "11", ""}, {"home-assistant", "2026.11", "Home automation that keeps everything local"},
	{"traefik", "v3", "Edge router"}, {"gitea", "1.22", "A painless self-hosted Git service"}, {"influxdb", "2", ""}, {"mosquitto", "2", "MQTT broker"},
	{"node", "22", ""}, {"vaultwarden", "latest", "Password manager, compatible with Bitwarden clients"}, {"jellyfin", "10", "Media server"}, {"caddy", "2", ""}, {"rabbitmq", "4", "Message broker with its management page"},
}

// filled is a store with so many images. Every fifth one is on demand, every seventh for two
// architectures, every eleventh pinned.
func filled(n int, now time.Time) *shelf {
	all := map[image.Product]image.Packed{}
	for i := range n {
		k := known[i%len(known)]
		name := k.name
		if i >= len(known) {
			name = fmt.Sprintf("%s-%d", k.name, i/len(known)+1)
		}
		archs := []string{"amd64"}
		if i%7 == 0 {
			archs = append(archs, "arm64")
		}
		for _, arch := range archs {
			var versions []image.Version
			for serial := range 1 + i%6 {
				versions = append(versions, version(name, arch, k.tag, k.about, i, serial, now))
			}
			p := versions[0].Product()
			all[p] = image.Pack(versions)
		}
	}
	return &shelf{store.NewSnapshot(nil, nil).With(all, nil)}
}

func version(name, arch, tag, about string, i, serial int, now time.Time) image.Version {
	at := now.Add(-time.Duration(1+i*i%4000)*time.Hour - time.Duration(10-serial)*40*time.Hour)
	v := image.Version{
		Name: name, Architecture: arch, Serial: at.UTC().Format(image.SerialLayout), Created: at, Fingerprint: sum(name, arch, serial),
		Source: "docker.io/library/" + name + ":" + tag, SourceDigest: "sha256:" + sum(name, serial), Release: tag, Description: about,
		Properties: map[string]string{"os": name, "documentation": "https://docs.example.org/" + name},
	}
	for n := range 2 + i%6 {
		v.Layers = append(v.Layers, "sha256:"+sum(name, n, serial*n/3))
	}
	size := int64(3+(i*37+serial*serial*3)%400) * 1_234_567
	v.Files = []image.File{{Kind: image.Metadata, Name: "lxd.tar.xz", Size: 812, SHA256: sum(1)}, {Kind: image.Squashfs, Name: "rootfs.squashfs", Size: size, SHA256: sum(2)}}
	if serial > 0 {
		before := now.Add(-time.Duration(1+i*i%4000)*time.Hour - time.Duration(11-serial)*40*time.Hour)
		v.Files = append(v.Files, image.File{Kind: image.Delta, Name: "delta.vcdiff", Base: before.UTC().Format(image.SerialLayout), Size: size / 9, SHA256: sum(3)})
	}
	switch {
	case i%5 == 2:
		v.Hub, v.Description = true, ""
		p := image.OnDemand(v.Source, arch)
		v.Name, v.Aliases = p.Name, []string{name + ":" + tag, v.Source}
	case i%3 == 0:
		v.Aliases = []string{"my-" + name}
	}
	if i%11 == 3 {
		v.Pinned = &now
	}
	return v
}
