package spec

//go:generate go run ./schemagen

// Spec says which OCI image to convert, and what to change in it.
type Spec struct {
	Name string `json:"-"` // the file's name without its extension; names the image
	File string `json:"-"` // where it was read, for messages

	// The OCI image to convert: nginx, library/nginx:1.27, ghcr.io/owner/name:tag,
	// name@sha256:…, or oci:FOLDER, oci-archive:FILE, docker-archive:FILE.
	Image string `json:"image"`

	// Run the entrypoint as PID 1 itself, without the init that passes the stop
	// signal on and waits for the application. Default: false.
	DisableSupervisor bool `json:"disable_supervisor,omitempty"`

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

	// Image properties for LXD and Incus, added to those lxdocker sets.
	Properties map[string]string `json:"properties,omitempty"`

	// What an instance needs to start, such as nesting: true.
	Requirements map[string]string `json:"requirements,omitempty"`

	// Changes to the file system of the image, as a list of entries, or as a
	// mapping from path to content or entry.
	Files []File `json:"files,omitempty"` // sorted by path: parents come first

	places map[string]place // where the values stand in File
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
