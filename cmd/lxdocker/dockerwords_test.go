package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// dockers are all flags that docker run had in version 28, on Linux and on Windows.
const dockers = `add-host annotation attach blkio-weight blkio-weight-device cap-add cap-drop cgroup-parent cgroupns cidfile
cpu-count cpu-percent cpu-period cpu-quota cpu-rt-period cpu-rt-runtime cpu-shares cpus cpuset-cpus cpuset-mems detach
detach-keys device device-cgroup-rule device-read-bps device-read-iops device-write-bps device-write-iops
disable-content-trust dns dns-opt dns-option dns-search domainname entrypoint env env-file expose gpus group-add health-cmd
health-interval health-retries health-start-interval health-start-period health-timeout hostname init interactive
io-maxbandwidth io-maxiops ip ip6 ipc isolation kernel-memory label label-file link link-local-ip log-driver log-opt
mac-address memory memory-reservation memory-swap memory-swappiness mount name net net-alias network network-alias
no-healthcheck oom-kill-disable oom-score-adj pid pids-limit platform privileged publish publish-all pull quiet read-only
restart rm runtime security-opt shm-size sig-proxy stop-signal stop-timeout storage-opt sysctl tmpfs tty ulimit
use-api-socket user userns uts volume volume-driver volumes-from workdir`

// shorthands are docker's, but for -h, which shows the help here.
const shorthands = "a c d e i l m p P q t u v w"

func TestEveryFlagOfDockerIsOneOrIsAnswered(t *testing.T) {
	flags := runCommand().Flags()
	for _, name := range strings.Fields(dockers) {
		if (flags.Lookup(name) != nil) == (instead[name] != "") {
			t.Errorf("--%s has to be a flag, or to be answered with what to do instead, and not both", name)
		}
	}
	for _, name := range strings.Fields(shorthands) {
		if (flags.ShorthandLookup(name) != nil) == (instead[name] != "") {
			t.Errorf("-%s has to be a flag, or to be answered with what to do instead, and not both", name)
		}
	}
	for name, say := range instead {
		if strings.Contains(" "+strings.ReplaceAll(dockers, "\n", " ")+" "+shorthands+" ", " "+name+" ") || name == "env-from" {
			continue
		}
		t.Errorf("docker run has no flag %s, which is answered with %q", name, say)
	}
}

func TestUnknownFlagsAreAnswered(t *testing.T) {
	for line, says := range map[string]string{
		"-it alpine sh":         "LXDOCKER_TTY=yes",
		"--cap-add=NET_ADMIN x": "own user namespace",
		"-P nginx":              "-p HOST:INSIDE",
		"--nmae web nginx":      "did you mean --name?",
		"--volumes-from web x":  "--volume VOLUME:PATH",
	} {
		root := newRoot()
		cmd, rest, err := root.Find(append([]string{"run"}, strings.Fields(line)...))
		if err != nil {
			t.Fatal(err)
		}
		err = cmd.ParseFlags(rest)
		if err == nil || !strings.Contains(cmd.FlagErrorFunc()(cmd, err).Error(), says) {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// What follows the reference is for the application.
func TestFlagsOfTheApplicationAreItsOwn(t *testing.T) {
	flags := runCommand().Flags()
	if err := flags.Parse(strings.Fields("--privileged --rm nginx -it --privileged=x")); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(flags.Args(), " "); got != "nginx -it --privileged=x" {
		t.Errorf("its arguments are %q", got)
	}
	if privileged := flags.Lookup("privileged"); privileged.Value.String() != "true" || privileged.NoOptDefVal == "" {
		t.Errorf("privileged is %q", privileged.Value)
	}
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Usage == "" {
			t.Errorf("nothing is said of --%s", f.Name)
		}
	})
}

func TestThePageHasEveryOption(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "run.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "| option | what it becomes |")
	table, _, _ = strings.Cut(table, "\n\n")
	said := map[string]bool{}
	for line := range strings.Lines(table) {
		options, _, _ := strings.Cut(line, "` | ")
		for _, found := range regexp.MustCompile("--([a-z][a-z-]*)").FindAllStringSubmatch(options, -1) {
			said[found[1]] = true
		}
	}
	o, flags := new(runOptions), pflag.NewFlagSet("run", pflag.ContinueOnError)
	o.flags(flags)
	o.flagsOfHealth(flags)
	flags.VisitAll(func(f *pflag.Flag) {
		if !said[f.Name] {
			t.Errorf("the page does not say what --%s becomes", f.Name)
		}
		delete(said, f.Name)
	})
	for name := range said {
		t.Errorf("the page says what --%s becomes, which is none", name)
	}
}
