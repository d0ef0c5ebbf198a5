package main

import (
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"lxdocker/internal/command"
)

// instead says, of flags that docker run has and this one does not, what to do.
var instead = map[string]string{
	"i":                     "an application has no terminal here: run it with -d -e LXDOCKER_TTY=yes, then `lxc console NAME`",
	"t":                     "an application has no terminal here: run it with -d -e LXDOCKER_TTY=yes, then `lxc console NAME`",
	"interactive":           "an application has no terminal here: run it with -d -e LXDOCKER_TTY=yes, then `lxc console NAME`",
	"tty":                   "an application has no terminal here: run it with -d -e LXDOCKER_TTY=yes, then `lxc console NAME`",
	"detach-keys":           "an application has no terminal here: Ctrl+a q leaves `lxc console NAME`",
	"attach":                "without -d the output is shown",
	"a":                     "without -d the output is shown",
	"sig-proxy":             "Ctrl-C asks the application to end; other signals: `lxc exec NAME -- kill`",
	"hostname":              "the hostname is the name of the instance: --name",
	"domainname":            "the network of the daemon says it: `lxc network set NETWORK dns.domain=DOMAIN`",
	"cidfile":               "the name is the identity: --name",
	"volumes-from":          "name the volumes: --volume VOLUME:PATH",
	"volume-driver":         "the storage pool decides: --pool",
	"storage-opt":           "`lxc config device override NAME root size=10GiB`",
	"cap-add":               "an instance has all capabilities within its own user namespace already",
	"cap-drop":              "an instance has its capabilities within its own user namespace only, and keeps them",
	"security-opt":          "the daemon confines instances by itself",
	"userns":                "the daemon chooses the user namespace",
	"pid":                   "an instance has its own processes",
	"ipc":                   "an instance has its own shared memory",
	"uts":                   "the hostname is the name of the instance",
	"cgroupns":              "an instance has its own control groups",
	"cgroup-parent":         "an instance has its own control groups; its limits are set by --memory, --cpus and `lxc config set NAME limits.KEY=VALUE`",
	"isolation":             "an instance is a Linux container",
	"runtime":               "the daemon starts instances by itself; for cards of NVIDIA: --gpus all",
	"init":                  "every instance has an init already",
	"use-api-socket":        "there is no socket of a daemon in an instance",
	"pull":                  "the registry is always asked for the newest image",
	"platform":              "the image is that for the daemon's machine",
	"disable-content-trust": "what is checked of images is said by the settings of conversions",
	"annotation":            "an instance has labels: --label NAME=VALUE",
	"label-file":            "write the labels as --label NAME=VALUE",
	"env-from":              "use --env-file",
	"link":                  "instances of a network find each other by name: NAME.lxd, or NAME.incus",
	"net":                   "it is called --network",
	"network-alias":         "instances of a network find each other by their own names",
	"net-alias":             "instances of a network find each other by their own names",
	"dns":                   "set `user.lxdocker.net` (docs/network.md)",
	"dns-search":            "set `user.lxdocker.net` (docs/network.md)",
	"dns-option":            "set `user.lxdocker.net` (docs/network.md)",
	"dns-opt":               "set `user.lxdocker.net` (docs/network.md)",
	"ip":                    "`lxc config device override NAME eth0 ipv4.address=ADDRESS`",
	"ip6":                   "`lxc config device override NAME eth0 ipv6.address=ADDRESS`",
	"link-local-ip":         "an instance makes its link-local address itself",
	"mac-address":           "`lxc config device override NAME eth0 hwaddr=ADDRESS`",
	"expose":                "nothing has to be exposed: instances of a network reach each other's ports",
	"publish-all":           "name the ports: -p HOST:INSIDE",
	"P":                     "name the ports: -p HOST:INSIDE",
	"add-host":              "write the host into /etc/hosts of the instance",
	"read-only":             "the root file system of an instance can always be written",
	"log-driver":            "the log is in the instance: `lxdocker logs`",
	"log-opt":               "its size is set by -e LXDOCKER_LOG_SIZE=10m",
	"ulimit":                "`lxc config set NAME limits.kernel.nofile=65536`",
	"sysctl":                "`lxc config set NAME linux.sysctl.KEY=VALUE`, or on the host",
	"pids-limit":            "`lxc config set NAME limits.processes=N`",
	"cpu-shares":            "`lxc config set NAME limits.cpu.priority=N`",
	"c":                     "`lxc config set NAME limits.cpu.priority=N`",
	"cpu-quota":             "say how many processors' time it may use: --cpus 1.5",
	"cpu-period":            "say how many processors' time it may use: --cpus 1.5",
	"cpu-count":             "say how many processors' time it may use: --cpus 1.5",
	"cpu-percent":           "say how many processors' time it may use: --cpus 1.5",
	"cpu-rt-period":         "the daemons have no setting for real-time processes",
	"cpu-rt-runtime":        "the daemons have no setting for real-time processes",
	"cpuset-mems":           "name the processors: --cpuset-cpus 0-3",
	"memory-swap":           "`lxc config set NAME limits.memory.swap=false`",
	"memory-swappiness":     "`lxc config set NAME limits.memory.swap.priority=N`",
	"memory-reservation":    "`lxc config set NAME limits.memory.enforce=soft` makes --memory a limit of that kind",
	"kernel-memory":         "the memory of the kernel is part of --memory",
	"oom-kill-disable":      "the kernel ends what needs more than --memory",
	"oom-score-adj":         "`lxc config set NAME raw.lxc=\"lxc.proc.oom_score_adj = N\"`",
	"blkio-weight":          "`lxc config set NAME limits.disk.priority=N`",
	"blkio-weight-device":   "`lxc config set NAME limits.disk.priority=N`",
	"device-read-bps":       "`lxc config device override NAME root limits.read=30MiB`",
	"device-read-iops":      "`lxc config device override NAME root limits.read=200iops`",
	"device-write-bps":      "`lxc config device override NAME root limits.write=30MiB`",
	"device-write-iops":     "`lxc config device override NAME root limits.write=200iops`",
	"io-maxbandwidth":       "`lxc config device override NAME root limits.max=30MiB`",
	"io-maxiops":            "`lxc config device override NAME root limits.max=200iops`",
	"device-cgroup-rule":    "name each device with --device",
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
