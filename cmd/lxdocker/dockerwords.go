package main

import (
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"lxdocker/internal/command"
)

// instead says, of flags that docker run has and this one does not, what to do.
var instead = map[string]string{
	"i":                  "an application has no terminal here: set environment.LXDOCKER_TTY=yes with -e LXDOCKER_TTY=yes -d, then `lxc console NAME`",
	"t":                  "an application has no terminal here: set environment.LXDOCKER_TTY=yes with -e LXDOCKER_TTY=yes -d, then `lxc console NAME`",
	"interactive":        "an application has no terminal here: run it with -d -e LXDOCKER_TTY=yes, then `lxc console NAME`",
	"tty":                "an application has no terminal here: run it with -d -e LXDOCKER_TTY=yes, then `lxc console NAME`",
	"hostname":           "the hostname is the name of the instance: --name",
	"privileged":         "what it stands for is set on its own: `lxc config set NAME security.nesting=true` for a container engine, `security.privileged=true` for the host's own root",
	"gpus":               "add the graphics card when the instance is there: `lxc config device add NAME gpu gpu`",
	"mount":              "write it as --volume FROM:PATH",
	"stop-signal":        "the signal is part of the image: `stop_signal` in a spec",
	"cap-add":            "an instance has all capabilities within its own user namespace already",
	"cap-drop":           "an instance has its capabilities within its own user namespace only, and keeps them",
	"security-opt":       "the daemon confines instances by itself",
	"init":               "every instance has an init already",
	"pull":               "the registry is always asked for the newest image",
	"platform":           "the image is that for the daemon's machine",
	"link":               "instances of a network find each other by name: NAME.lxd, or NAME.incus",
	"net":                "it is called --network",
	"network-alias":      "instances of a network find each other by their own names",
	"dns":                "set `user.lxdocker.net` (docs/network.md)",
	"dns-search":         "set `user.lxdocker.net` (docs/network.md)",
	"ip":                 "`lxc config device override NAME eth0 ipv4.address=ADDRESS`",
	"ip6":                "`lxc config device override NAME eth0 ipv6.address=ADDRESS`",
	"mac-address":        "`lxc config device override NAME eth0 hwaddr=ADDRESS`",
	"expose":             "nothing has to be exposed: instances of a network reach each other's ports",
	"publish-all":        "name the ports: -p HOST:INSIDE",
	"P":                  "name the ports: -p HOST:INSIDE",
	"add-host":           "write the host into /etc/hosts of the instance",
	"read-only":          "the root file system of an instance can always be written",
	"log-driver":         "the log is in the instance: `lxdocker logs`",
	"log-opt":            "its size is set by -e LXDOCKER_LOG_SIZE=10m",
	"ulimit":             "`lxc config set NAME limits.kernel.nofile=65536`",
	"sysctl":             "`lxc config set NAME linux.sysctl.KEY=VALUE`, or on the host",
	"pids-limit":         "`lxc config set NAME limits.processes=N`",
	"cpu-shares":         "`lxc config set NAME limits.cpu.priority=N`",
	"memory-swap":        "`lxc config set NAME limits.memory.swap=false`",
	"blkio-weight":       "`lxc config set NAME limits.disk.priority=N`",
	"volumes-from":       "name the volumes: --volume VOLUME:PATH",
	"volume-driver":      "the storage pool decides: --pool",
	"userns":             "the daemon chooses the user namespace",
	"pid":                "an instance has its own processes",
	"ipc":                "an instance has its own shared memory",
	"uts":                "the hostname is the name of the instance",
	"cgroupns":           "an instance has its own control groups",
	"env-from":           "use --env-file",
	"cidfile":            "the name is the identity: --name",
	"attach":             "without -d the output is shown",
	"a":                  "without -d the output is shown",
	"label-file":         "write the labels as --label NAME=VALUE",
	"device-cgroup-rule": "name each device with --device",
}

// inDockersWords answers people who know docker run.
func inDockersWords(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		if say, ok := instead[unknown.GetSpecifiedName()]; ok {
			return command.Usagef("%w: %s", err, say)
		}
	}
	return cmd.Root().FlagErrorFunc()(cmd, err)
}
