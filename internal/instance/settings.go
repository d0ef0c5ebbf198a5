package instance

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"lxdocker/internal/humanize"
	"lxdocker/internal/lifecycle"
)

// Keys of instances that say where they come from, and what they are for.
const (
	KeyReference = "user.lxdocker.reference" // the image that was asked for
	KeyVolumes   = "user.lxdocker.volumes"   // the volumes that were made for the image's own
	keyRun       = "user.lxdocker.run"       // which call of lxdocker run has made it
	keyStop      = "user.lxdocker.stop_signal"
	keyRemove    = "user.lxdocker.rm"   // somebody waits for its end, to remove it by its name
	imageRef     = "image.lxdocker.ref" // every instance of one of our images has it
	setting      = "environment.LXDOCKER_"
)

// Settings are the settings of the instance that is asked for.
func (o Options) Settings() (map[string]string, error) {
	s := map[string]string{}
	if o.Reference != "" {
		s[KeyReference] = o.Reference
	}
	if o.Remove {
		s[keyRemove] = "true"
	}
	for _, variable := range o.Environment {
		name, value, found := strings.Cut(variable, "=")
		switch {
		case !found || name == "":
			return nil, fmt.Errorf("%q is no NAME=VALUE", variable)
		case value == "":
			return nil, fmt.Errorf("%s= is empty, and the daemons know no empty variables: leave it out, or put it into a file that LXDOCKER_ENVFILE names", name)
		}
		s["environment."+name] = value
	}
	for _, label := range o.Labels {
		name, value, _ := strings.Cut(label, "=")
		s["user.label."+name] = value
	}
	for key, value := range map[string]string{
		"USER": o.User, "GROUPS": strings.Join(o.Groups, ","), "WORKDIR": o.Workdir, "STOP_TIMEOUT": o.StopTimeout, "SHM_SIZE": o.ShmSize,
		"HEALTH_CMD": o.Health.Command, "HEALTH_INTERVAL": o.Health.Interval, "HEALTH_TIMEOUT": o.Health.Timeout,
		"HEALTH_START_PERIOD": o.Health.StartPeriod, "HEALTH_START_INTERVAL": o.Health.StartInterval, "HEALTH_RETRIES": o.Health.Retries,
		"CMD": words(o.Args),
	} {
		if value != "" {
			s[setting+key] = value
		}
	}
	if o.Health.None {
		s[setting+"HEALTH_CMD"] = "none"
	}
	if o.Entrypoint != "" {
		s[setting+"ENTRYPOINT"] = quote(o.Entrypoint)
	}
	return s, first(o.restart(s), o.limits(s), o.tmpfs(s), o.stop(s), o.privileged(s), o.network(), o.log(s))
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// restart is docker's policy: within the instance, and when the host starts.
func (o Options) restart(s map[string]string) error {
	switch o.Restart {
	case "":
		return nil
	case "unless-stopped": // the daemons start again what ran
		s[setting+"RESTART"] = "always"
		return nil
	case "always":
		s["boot.autostart"] = "true"
	}
	if _, err := lifecycle.ParseRestart(o.Restart); err != nil {
		return fmt.Errorf("%q is no policy: it is no, on-failure, on-failure:N, always or unless-stopped", o.Restart)
	}
	s[setting+"RESTART"] = o.Restart
	return nil
}

// stop is the stop signal, which the guest has no setting for: see writeStopSignal.
func (o Options) stop(s map[string]string) error {
	if o.StopSignal == "" {
		return nil
	}
	signal, ok := lifecycle.ParseSignal(o.StopSignal)
	if !ok {
		return fmt.Errorf("%q is no signal: SIGTERM, QUIT, RTMIN+3 or 15 would be ones", o.StopSignal)
	}
	s[keyStop] = signal.Name
	return nil
}

func (o Options) privileged(s map[string]string) error {
	switch o.Privileged {
	case "", "false":
		return nil
	case PrivilegedHost:
		s["security.privileged"] = "true"
	case PrivilegedNesting:
	default:
		return fmt.Errorf("--privileged=%s is none of true, false and nesting", o.Privileged)
	}
	s["security.nesting"] = "true"
	return nil
}

// network is an error for what docker calls a network, and is none here.
func (o Options) network() error {
	switch kind, _, _ := strings.Cut(o.Network, ":"); kind {
	case "host":
		return fmt.Errorf("an instance has a network of its own, and not that of the host: -p HOST:INSIDE makes its ports the host's")
	case "container":
		return fmt.Errorf("an instance shares its network with no other: those of a network reach each other's ports by their names")
	}
	return nil
}

// log makes room for what is printed at once: who follows must not miss any of it. Without
// --rm, what the log takes would stay.
func (o Options) log(s map[string]string) error {
	if o.Attached && o.Remove && s[setting+"LOG_SIZE"] == "" {
		s[setting+"LOG_SIZE"] = "1g"
	}
	return nil
}

func (o Options) limits(s map[string]string) error {
	if o.Memory != "" {
		n, err := dockerSize(o.Memory)
		if err != nil {
			return err
		}
		s["limits.memory"] = n
	}
	if o.CPUSet != "" {
		s["limits.cpu"] = o.CPUSet
		if !strings.ContainsAny(o.CPUSet, ",-") { // a number alone would be how many
			s["limits.cpu"] = o.CPUSet + "-" + o.CPUSet
		}
	}
	if o.CPUs != "" {
		n, err := strconv.ParseFloat(o.CPUs, 64)
		if err != nil || n <= 0 || n > 4096 {
			return fmt.Errorf("%q is no number of processors, like 1.5", o.CPUs)
		}
		s["limits.cpu.allowance"] = fmt.Sprintf("%dms/100ms", int64(math.Max(1, math.Round(n*100))))
	}
	return nil
}

// dockerSize is a size in docker's words, such as 256m, in those of the daemons.
func dockerSize(text string) (string, error) {
	n, err := humanize.ParseSize(strings.TrimSuffix(strings.ToLower(text), "b"))
	if err != nil {
		return "", fmt.Errorf("%q: %w", text, err)
	}
	for _, unit := range []string{"B", "KiB", "MiB", "GiB"} {
		if n%1024 != 0 || unit == "GiB" {
			return strconv.FormatInt(n, 10) + unit, nil
		}
		n /= 1024
	}
	return "", nil
}

// tmpfs puts /tmp and /run into memory, where they are by default; the size is what is
// asked for.
func (o Options) tmpfs(s map[string]string) error {
	for _, text := range o.Tmpfs {
		path, options, _ := strings.Cut(text, ":")
		key := map[string]string{"/tmp": setting + "TMP", "/run": setting + "RUN"}[path]
		if key == "" {
			return fmt.Errorf("%s cannot be in memory: only /tmp and /run can", path)
		}
		s[key] = "memory"
		for option := range strings.SplitSeq(options, ",") {
			if size, ok := strings.CutPrefix(option, "size="); ok {
				s[key] = size
			}
		}
	}
	return nil
}
