package spec

import "time"

//go:generate go run ./schemagen

// Spec says which OCI image to convert, and what to change in it.
type Spec struct {
	Name string `json:"-"` // the file's name without its extension; names the image
	File string `json:"-"` // where it was read, for messages

	// The OCI image to convert: nginx, library/nginx:1.27, ghcr.io/owner/name:tag,
	// name@sha256:…, or oci:FOLDER, oci-archive:FILE, docker-archive:FILE.
	Image string `json:"image"`

	// true runs the entrypoint as PID 1 itself, without the init that passes the
	// stop signal on and waits for the application; false never does. Default: true
	// for an entrypoint that is an init system (s6-overlay, systemd, openrc).
	DisableSupervisor *bool `json:"disable_supervisor,omitempty"`

	// One line about the image, shown by `lxc image list`. Default: the reference
	// of the OCI image.
	Description string `json:"description,omitempty"`

	// More names for the image, beside the name of the file.
	Aliases []string `json:"aliases,omitempty"`

	// Architectures to convert, in OCI's words (amd64, arm64, arm/v7, …); LXD's
	// words are understood in the file. Default: that of the machine.
	Architecture []string `json:"architecture,omitempty"`

	// The program to run instead of the image's entrypoint; the image's cmd is
	// dropped then, as Docker does. Text is run by /bin/sh -c; [] means none.
	// Default: the image's.
	Entrypoint *[]string `json:"entrypoint,omitempty"`

	// Arguments for the entrypoint, or the program when there is none. Text is run
	// by /bin/sh -c; [] means none. Default: the image's.
	Cmd *[]string `json:"cmd,omitempty"`

	// Environment variables, added to the image's or replacing them: a mapping, or
	// a list of NAME=VALUE. Numbers, true and false are taken as they are written.
	Env map[string]string `json:"env,omitempty"`

	// Who runs the program: a name or number, also with a group (app:www, 1000:1000).
	// Default: the image's.
	User *string `json:"user,omitempty"`

	// Folder the program starts in, absolute. Default: the image's.
	WorkDir *string `json:"workdir,omitempty"`

	// Signal that asks the program to end: a name (SIGQUIT, QUIT) or a number.
	// Default: the image's, else SIGTERM.
	StopSignal *string `json:"stop_signal,omitempty"`

	// How long the program may take to end before it is killed: seconds, or a
	// duration such as 1m30s; 0 is for ever. Default: 90.
	StopTimeout *time.Duration `json:"stop_timeout,omitempty"`

	// What happens when the program ends by itself: no, on-failure, on-failure:N
	// (N times at most) or always. Default: no.
	Restart string `json:"restart,omitempty"` // "" is no

	// How to see whether the program works, in the words of compose files; false
	// for not at all. What is left out is the image's.
	Healthcheck *Healthcheck `json:"healthcheck,omitempty"`

	// What happens when the health check has failed too often: restart, or nothing.
	// Default: nothing.
	OnUnhealthy string `json:"on_unhealthy,omitempty"` // "" is nothing

	// Size of /dev/shm: bytes, or with a unit as in 64m or 1g. Default: 64m.
	ShmSize int64 `json:"shm_size,omitempty"` // bytes; 0 is the default

	// Image properties for LXD and Incus, added to those lxdocker sets.
	Properties map[string]string `json:"properties,omitempty"`

	// What an instance needs to start, such as nesting: true.
	Requirements map[string]string `json:"requirements,omitempty"`

	// Changes to the file system of the image, as a list of entries, or as a
	// mapping from path to content or entry.
	Files []File `json:"files,omitempty"` // sorted by path: parents come first

	places map[string]place // where the values stand in File
}

// Healthcheck changes the image's health check. What is nil is the image's.
type Healthcheck struct {
	// The program that exits with 0 when all is well: [CMD, PROGRAM, ARGUMENT…], or
	// [CMD-SHELL, TEXT], which is the same as TEXT, or [NONE]. Default: the image's.
	Test []string `json:"test,omitempty"` // of CMD or CMD-SHELL

	// Time from the end of one check to the start of the next, such as 30s or 1m30s.
	// Default: the image's, else 30s.
	Interval *time.Duration `json:"interval,omitempty"`

	// Time after which a check has failed. Default: the image's, else 30s.
	Timeout *time.Duration `json:"timeout,omitempty"`

	// Time after the start in which failed checks do not count. Default: the
	// image's, else 0s.
	StartPeriod *time.Duration `json:"start_period,omitempty"`

	// The interval while the start period lasts. Default: the image's, else 5s.
	StartInterval *time.Duration `json:"start_interval,omitempty"`

	// So many failed checks in a row make the program unhealthy. Default: the
	// image's, else 3.
	Retries *int `json:"retries,omitempty"`

	// true: no check, whatever the image has. Default: false.
	Disable bool `json:"disable,omitempty"`
}

// File is one change to the file system of the image. Exactly one of Content,
// Directory, Symlink and Remove says what it does.
type File struct {
	// Where in the image; absolute.
	Path string `json:"path"`

	// Write a file holding this text.
	Content *[]byte `json:"content,omitempty"` // for `source`, the bytes of that file

	// Make a directory; one that exists keeps what is in it.
	Directory bool `json:"directory,omitempty"`

	// Make a symbolic link pointing to this.
	Symlink string `json:"symlink,omitempty"`

	// Remove the path and everything below it.
	Remove bool `json:"remove,omitempty"`

	// Permissions in octal, such as "0644". Default: 0644 for a file, 0755 for a
	// directory.
	Mode *uint32 `json:"mode,omitempty"` // nil is the default; 0..07777

	// Number of the owning user in the container. Default: 0.
	UID uint32 `json:"uid,omitempty"`

	// Number of the owning group in the container. Default: 0.
	GID uint32 `json:"gid,omitempty"`
}
