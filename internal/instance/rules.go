package instance

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"lxdocker/internal/daemon"
	"lxdocker/internal/failure"
)

// permitted is an error if the project forbids what is asked for. The daemon would say so,
// too, but only when half of it is made.
func permitted(p daemon.Project, o Options) error {
	if p.Config["restricted"] != "true" {
		return nil
	}
	deny := func(flag, key string) error {
		return failure.Errorf(failure.Denied, "%s is not permitted in the project %s: whoever administers the daemon can set %s there", flag, p.Name, key)
	}
	if len(o.Ports) > 0 && p.Config["restricted.devices.proxy"] != "allow" {
		return deny("-p", "restricted.devices.proxy=allow")
	}
	for _, d := range o.Devices {
		if key := "restricted.devices." + d.device()["type"]; p.Config[key] != "allow" {
			return deny("--device "+d.Host, key+"=allow")
		}
	}
	if o.GPUs != nil && p.Config["restricted.devices.gpu"] != "allow" {
		return deny("--gpus", "restricted.devices.gpu=allow")
	}
	if o.Privileged == PrivilegedHost && p.Config["restricted.containers.privilege"] != "allow" {
		return deny("--privileged", "restricted.containers.privilege=allow")
	}
	if (o.Privileged == PrivilegedHost || o.Privileged == PrivilegedNesting) && p.Config["restricted.containers.nesting"] != "allow" {
		return deny("--privileged", "restricted.containers.nesting=allow")
	}
	for _, m := range o.Mounts {
		if m.Host == "" {
			continue
		}
		if p.Config["restricted.devices.disk"] != "allow" {
			return deny("-v "+m.Host, "restricted.devices.disk=allow and restricted.devices.disk.paths")
		}
		paths := strings.Split(p.Config["restricted.devices.disk.paths"], ",")
		if paths[0] != "" && !slices.ContainsFunc(paths, func(allowed string) bool { return within(m.Host, allowed) }) {
			return deny("-v "+m.Host, "restricted.devices.disk.paths")
		}
	}
	return nil
}

func within(name, folder string) bool {
	folder = path.Clean(folder)
	return name == folder || strings.HasPrefix(name, strings.TrimSuffix(folder, "/")+"/")
}

// free is an error if the name, or a port, is taken.
func free(all []daemon.Instance, o Options) error {
	for _, i := range all {
		if i.Name == o.Name {
			return fmt.Errorf("the name %q is already in use by an instance: remove or rename that, or take another --name", o.Name)
		}
		for _, d := range i.ExpandedDevices {
			taken, ok := parsePort(d["listen"])
			if d["type"] != "proxy" || !ok || !i.Running() {
				continue
			}
			for _, p := range o.Ports {
				if p.overlaps(taken) {
					return fmt.Errorf("port %s/%s of the host is taken by the instance %s", p.Host, p.Protocol, i.Name)
				}
			}
		}
	}
	return nil
}

// freeName is a name for an instance that nobody named, from that of its image.
func freeName(all []daemon.Instance, wanted string) string {
	wanted = strings.Trim(unnamable.ReplaceAllString(strings.NewReplacer("_", "-", ".", "-").Replace(wanted), "-"), "-")
	if wanted == "" || wanted[0] >= '0' && wanted[0] <= '9' {
		wanted = "app-" + wanted
	}
	wanted = strings.Trim(wanted[:min(len(wanted), 50)], "-")
	taken := func(name string) bool {
		return slices.ContainsFunc(all, func(i daemon.Instance) bool { return i.Name == name })
	}
	for n, name := 2, wanted; ; n++ {
		if !taken(name) {
			return name
		}
		name = fmt.Sprintf("%s-%d", wanted, n)
	}
}
