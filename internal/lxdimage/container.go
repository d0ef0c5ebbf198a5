package lxdimage

import (
	"encoding/json"
	"fmt"

	"lxdocker/internal/lifecycle"
)

// ContainerJSON returns config.json, the OCI runtime configuration (runtime-spec,
// config.md). LXD and Incus before 6.3 ignore it. Newer Incus makes an application
// container of an instance whose image has the property "type: oci", and then needs
// all of these fields (Incus, driver_lxc.go).
//
// It says no more than that takes, and differs between images only in the size of
// /dev/shm. Incus copies the environment and the command into an instance once, when
// it is created, so later versions of the image could not change them: our init has
// the real ones.
func (m Metadata) ContainerJSON() ([]byte, error) {
	size := m.ShmSize
	if size == 0 {
		size = lifecycle.DefaultShmSize
	}
	out, err := json.MarshalIndent(container{
		OCIVersion: "1.0.2",
		Process:    process{Args: []string{"/sbin/init"}, Env: []string{}, Cwd: "/"},
		Root:       root{Path: "rootfs"},
		// Incus takes over mounts of type tmpfs, and has none of its own on /dev/shm.
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
