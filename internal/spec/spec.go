package spec

import (
	"strings"
	"time"

	"lxdocker/internal/lifecycle"
	"lxdocker/internal/spec/diag"
)

// Spec says which OCI image to convert, and what to change in it. The table specKeys
// describes each key, and its forms in a file.
type Spec struct {
	Name string `json:"-"` // the file's name without its extension; names the image
	File string `json:"-"` // where it was read, for messages

	Image        string   `json:"image"`                  // the reference
	Architecture []string `json:"architecture,omitempty"` // OCI's names; nil is the machine's
	Verify       *Verify  `json:"verify,omitempty"`       // nil: nobody has to have signed it

	Edits

	places map[string]diag.Place // where the values stand in File
}

// Edits say what to change in an image, and what to say of it. The zero value leaves
// it as it is.
type Edits struct {
	DisableSupervisor *bool              `json:"disable_supervisor,omitempty"` // nil: decided by the entrypoint
	Description       string             `json:"description,omitempty"`        // "" is the reference
	Aliases           []string           `json:"aliases,omitempty"`            // beside Name
	Entrypoint        *[]string          `json:"entrypoint,omitempty"`         // nil is the image's; empty is none
	Cmd               *[]string          `json:"cmd,omitempty"`                // nil is the image's; empty is none
	Env               map[string]string  `json:"env,omitempty"`                // beside the image's
	User              *string            `json:"user,omitempty"`               // nil is the image's
	Groups            []string           `json:"groups,omitempty"`             // names or numbers, beside those of the user
	WorkDir           *string            `json:"workdir,omitempty"`            // absolute; nil is the image's
	TTY               bool               `json:"tty,omitempty"`                // whether it has the console
	StopSignal        *string            `json:"stop_signal,omitempty"`        // SIGNAME or a number; nil is the image's
	StopTimeout       *time.Duration     `json:"stop_timeout,omitempty"`       // 0 is for ever; nil is the default
	Restart           lifecycle.Restart  `json:"restart,omitzero"`             // the zero value is no
	Healthcheck       *Healthcheck       `json:"healthcheck,omitempty"`        // nil is the image's
	OnUnhealthy       string             `json:"on_unhealthy,omitempty"`       // "restart"; "" is nothing
	ShmSize           int64              `json:"shm_size,omitempty"`           // bytes; 0 is the default
	LogSize           *int64             `json:"log_size,omitempty"`           // bytes; 0 is no log, nil the default
	Tmp               lifecycle.Volatile `json:"tmp,omitzero"`                 // where /tmp is
	Run               lifecycle.Volatile `json:"run,omitzero"`                 // where /run is
	Properties        map[string]string  `json:"properties,omitempty"`         // of the image, for clients
	Requirements      map[string]string  `json:"requirements,omitempty"`       // of an instance
	Files             []File             `json:"files,omitempty"`              // sorted by path: parents come first
}

// Healthcheck changes the image's health check. Fields that are nil keep the image's value.
type Healthcheck struct {
	Test          []string       `json:"test,omitempty"` // starts with CMD or CMD-SHELL
	Interval      *time.Duration `json:"interval,omitempty"`
	Timeout       *time.Duration `json:"timeout,omitempty"`
	StartPeriod   *time.Duration `json:"start_period,omitempty"`
	StartInterval *time.Duration `json:"start_interval,omitempty"`
	Retries       *int           `json:"retries,omitempty"`
	Disable       bool           `json:"disable,omitempty"` // no check, whatever the image has
}

// File is one change to the file system of the image. Exactly one of Content,
// Directory, Symlink and Remove says what it does.
type File struct {
	Path      string  `json:"path"`              // absolute, in its shortest form
	Content   *[]byte `json:"content,omitempty"` // for `source`, the bytes of that file
	Directory bool    `json:"directory,omitempty"`
	Symlink   string  `json:"symlink,omitempty"` // the target
	Remove    bool    `json:"remove,omitempty"`  // with all below it
	Mode      *uint32 `json:"mode,omitempty"`    // 0..07777; nil is 0644, of a directory 0755
	UID       uint32  `json:"uid,omitempty"`
	GID       uint32  `json:"gid,omitempty"`
}

// Diagnostic describes a mistake in the value of a key that was found by a caller with more
// knowledge than this package. The key is a top-level one ("image"), or something below it:
// "env.NAME", "properties.KEY", "requirements.KEY", "aliases.NAME", "architecture.WORD",
// "files./the/path", "verify.keys.N". If it is not in the file, the diagnostic gets the nearest place that
// is.
func (s Spec) Diagnostic(key, text, hint string) diag.Diagnostic {
	at, ok := s.places[key]
	if !ok {
		top, _, _ := strings.Cut(key, ".")
		at = s.places[top]
	}
	return at.Diagnostic(s.File, text, hint)
}
