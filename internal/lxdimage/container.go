package lxdimage

import (
	"encoding/json"
	"fmt"

	"lxdocker/internal/lifecycle"
)

// ContainerJSON gives config.json, the runtime configuration of the OCI
// (runtime-spec, config.md). LXD, and Incus before 6.3, take no notice of it;
// newer Incus makes an application container of an instance whose image has
// the property "type: oci", and wants all of these fields (Incus,
// driver_lxc.go).
//
// It says as little as that takes, the same for every image but for the size
// of /dev/shm: Incus copies the environment and the command into an instance
// once, when it is made, and updates of the image would never reach them. Our
// init has the real ones.
func (m Metadata) ContainerJSON() ([]byte, error) {
	size := m.ShmSize
	if size == 0 {
		size = lifecycle.DefaultShmSize
	}
	out, err := json.MarshalIndent(container{
		OCIVersion: "1.0.2",
		Process:    process{Args: []string{"/sbin/init"}, Env: []string{}, Cwd: "/"},
		Root:       root{Path: "rootfs"},
		// Of mounts Incus takes those of tmpfs, and makes none on /dev/shm itself.
		Mounts: []mount{{
			Destination: "/dev/shm", Type: "tmpfs", Source: "shm",
			Options: []string{"nosuid", "nodev", "noexec", "mode=1777", fmt.Sprintf("size=%d", size)},
		}},
	}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing config.json: %w", err)
	}
	return append(out, '\n'), nil
}

type container struct {
	OCIVersion string  `json:"ociVersion"`
	Process    process `json:"process"`
	Root       root    `json:"root"`
	Mounts     []mount `json:"mounts"`
}

type process struct {
	Args []string `json:"args"`
	Env  []string `json:"env"`
	Cwd  string   `json:"cwd"`
	User user     `json:"user"`
}

type user struct {
	UID uint32 `json:"uid"`
	GID uint32 `json:"gid"`
}

type root struct {
	Path string `json:"path"`
}

type mount struct {
	Destination string   `json:"destination"`
	Type        string   `json:"type"`
	Source      string   `json:"source"`
	Options     []string `json:"options"`
}
