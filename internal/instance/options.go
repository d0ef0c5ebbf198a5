package instance

// Options are what a person asks for, in docker's words.
type Options struct {
	Name        string
	Args        []string // COMMAND ARG…: in place of the image's cmd
	Entrypoint  string   // a program, in place of the image's
	Environment []string // NAME=VALUE
	Labels      []string // NAME=VALUE
	User        string
	Groups      []string
	Workdir     string
	Restart     string // no, on-failure, on-failure:N, always, unless-stopped
	StopSignal  string // "": the image's
	StopTimeout string // seconds
	ShmSize     string
	Memory      string
	CPUs        string // how many processors' time
	CPUSet      string // which processors
	Network     string // none, or the name of a network
	Health      Health
	Tmpfs       []string // /tmp or /run, with :size=SIZE
	Mounts      []Mount
	Ports       []Port
	Vacant      func([]Port) error // whether the host has them to give; nil: nobody knows
	Devices     []Device
	GPUs        *GPUs  // nil: none
	Privileged  string // "": not; PrivilegedHost, PrivilegedNesting
	Remove      bool   // it goes away when it ends, with the data of the image's volumes
	Attached    bool   // somebody follows its output
	Ephemeral   bool   // the daemon removes it
	Profiles    []string
	Pool        string // "": that of the root disk
	Reference   string // where its image comes from, for updates
}

// What docker's --privileged stands for.
const (
	PrivilegedHost    = "true"    // its root is that of the host
	PrivilegedNesting = "nesting" // a container engine may run in it
)

// Health is how an application is looked after; "" is as the image says.
type Health struct {
	None                                          bool
	Command                                       string
	Interval, Timeout, StartPeriod, StartInterval string
	Retries                                       string
}

// Mount is a folder or volume in the instance.
type Mount struct {
	Volume   string // name of a custom volume, or
	Host     string // a path on the daemon's host
	Path     string // in the instance
	ReadOnly bool
	Shift    bool // owners on the host are those in the instance
}

// Port is a port, or a range of ports, of the host that leads into the instance.
type Port struct {
	Address  string // of the host
	Host     string // "8080", or "8000-8010"
	Inside   string
	Protocol string // tcp, udp
}
