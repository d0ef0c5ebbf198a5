package spec

import (
	"fmt"
	"regexp"

	"lxdocker/internal/lifecycle"
	"lxdocker/internal/spec/diag"
)

// aroundLine is the white space that is cut off from a line of text, as far as a line
// cannot have it.
const aroundLine = "[\\s\u0085\u2028\u2029]*"

// specKeys are the keys of a spec.
var specKeys = table[Spec]{
	{
		name: "image", words: "from source reference",
		read:  func(r *reader, e diag.Entry, s *Spec) { s.Image = r.image(e) },
		takes: anyOf(text(pageForm), unless(text(imageForm), `^[^:]*://`)),
		kind:  "text", required: true, byDefault: "required", about: "the OCI image",
		doc: "The OCI image to convert: nginx, library/nginx:1.27, ghcr.io/owner/name:tag, name@sha256:…, or oci:FOLDER, oci-archive:FILE, docker-archive:FILE.",
	},
	{
		name: "disable_supervisor", settings: "SUPERVISE", words: "disablesupervisor nosupervisor",
		read:  func(r *reader, e diag.Entry, s *Spec) { s.DisableSupervisor = r.choice(e) },
		takes: trueOrFalse(),
		kind:  "true or false", byDefault: "decided by the entrypoint", about: "the entrypoint is PID 1 itself",
		doc: "true: the entrypoint is PID 1 itself, without the init that passes the stop signal on and waits for the application; false: it never is. An init system such as s6-overlay, systemd or openrc has to be PID 1." +
			"",
	},
	{
		name: "description", words: "summary",
		read:  func(r *reader, e diag.Entry, s *Spec) { s.Description, _ = r.Line(e, "description") },
		takes: text(regexp.MustCompile("^" + aroundLine + "[^" + diag.NotInLine + "]*" + aroundLine + "$")),
		kind:  "text", byDefault: "the reference of the image", about: "one line about the image",
		doc: "One line about the image, shown by `lxc image list`.",
	},
	{
		name: "aliases", words: "alias names tags",
		read:  func(r *reader, e diag.Entry, s *Spec) { s.Aliases = r.aliases(e, s.Name) },
		takes: aliasesRule(),
		kind:  "list of text", byDefault: "none", about: "more names for the image",
		doc: "More names for the image, in addition to the name of the file.",
	},
	{
		name: "architecture", words: "arch architectures platform platforms",
		read:  func(r *reader, e diag.Entry, s *Spec) { s.Architecture = r.architectures(e) },
		takes: oneOf(oneOfWords(architectureNames()...), list(oneOfWords(architectureNames()...), 1)),
		kind:  "text, or list of text", byDefault: "the machine's", about: "the processors to convert for",
		doc: "Architectures to convert for, by the names of OCI (amd64, arm64, arm/v7, …), LXD, Debian or the kernel.",
	},
	{
		name: "verify", words: "signature signatures signed cosign trust verification sigstore",
		read:  func(r *reader, e diag.Entry, s *Spec) { s.Verify = r.verify(e) },
		takes: verifyRule(),
		kind:  "mapping", byDefault: "nobody", about: "who has to have signed the image",
		doc: "Who has to have signed the image with cosign, or the digest that it has to have. Another image is refused, and the version before stays.",
	},
	{
		name: "entrypoint", settings: "ENTRYPOINT",
		read:  func(r *reader, e diag.Entry, s *Spec) { s.Entrypoint = r.argv(e) },
		takes: entrypointRule(),
		kind:  "list of text, or text", byDefault: "the image's", about: "the program",
		doc: "The program to run instead of the image's entrypoint; the image's cmd is dropped then, as Docker does." +
			" Text is run by /bin/sh -c; [] means none.",
	},
	{
		name: "cmd", settings: "CMD ENTRYPOINT", words: "command args arguments",
		read:  func(r *reader, e diag.Entry, s *Spec) { s.Cmd = r.argv(e) },
		takes: argvRule(),
		kind:  "list of text, or text", byDefault: "the image's", about: "its arguments",
		doc: "Arguments for the entrypoint, or the program when there is none. Text is run by /bin/sh -c; [] means none.",
	},
	{
		name: "env", words: "environment envs envvars variables",
		read:  func(r *reader, e diag.Entry, s *Spec) { s.Env = r.env(e) },
		takes: envRule(),
		kind:  "mapping, or list of `NAME=value`", byDefault: "the image's", about: "environment variables",
		doc: "Environment variables, added to the image's or replacing them: a mapping, or a list of NAME=VALUE. Numbers, true and false are taken as written.",
	},
	{
		name: "user", settings: "USER", words: "uid username",
		read:  func(r *reader, e diag.Entry, s *Spec) { s.User = r.user(e) },
		takes: text(userForm),
		kind:  "text", byDefault: "the image's", about: "who runs the program",
		doc: "The user who runs the program: a name or number, optionally with a group (app:www, 1000:1000).",
	},
	{
		name: "groups", settings: "GROUPS", words: "group groupadd supplementarygroups",
		read:  func(r *reader, e diag.Entry, s *Spec) { s.Groups = r.groups(e) },
		takes: oneOf(list(anyOf(integer(0, mostID), text(groupForm)), 0), ofType("null")),
		kind:  "list of text", byDefault: "those of the user", about: "more groups for the program",
		doc: "Groups that the program has beside those of its user, by name or number, as with docker run --group-add.",
	},
	{
		name: "workdir", settings: "WORKDIR", words: "workingdir workingdirectory cwd",
		read:  func(r *reader, e diag.Entry, s *Spec) { s.WorkDir = r.workDir(e) },
		takes: text(workDirForm),
		kind:  "text", byDefault: "the image's", about: "the directory it starts in",
		doc: "The directory in which the program starts, as an absolute path.",
	},
	{
		name: "tty", settings: "TTY", words: "terminal stdinopen interactive",
		read: func(r *reader, e diag.Entry, s *Spec) {
			if tty := r.choice(e); tty != nil {
				s.TTY = *tty
			}
		},
		takes: trueOrFalse(),
		kind:  "true or false", byDefault: "`false`", about: "the program has the console as its terminal",
		doc: "true: the program reads from the console and prints to it, as with docker run -it; false: it has nothing to read, and what it prints is logged, as with docker run -d.",
	},
	{
		name: "stop_signal", words: "signal stopsignal",
		read:  func(r *reader, e diag.Entry, s *Spec) { s.StopSignal = r.stopSignal(e) },
		takes: stopSignalRule(),
		kind:  "text or number", byDefault: "the image's, else `" + lifecycle.DefaultStopSignal + "`", about: "the signal that asks it to end",
		doc: "The signal that asks the program to end: a name (SIGQUIT, QUIT) or a number.",
	},
	{
		name: "stop_timeout", settings: "STOP_TIMEOUT", words: "stoptimeout stopgraceperiod graceperiod",
		read:  func(r *reader, e diag.Entry, s *Spec) { s.StopTimeout = r.stopTimeout(e) },
		takes: anyOf(integer(0, int64(longest.Seconds())), matching(`^(`+seconds+`|`+durations+`)$`)),
		kind:  "seconds, or a duration", byDefault: fmt.Sprintf("`%.0f`", lifecycle.DefaultStopTimeout.Seconds()), about: "how long it may take to end",
		doc: "How long the program may take to end before it is killed: seconds, or a duration such as 1m30s; 0 means for ever.",
	},
	{
		name: "restart", settings: "RESTART", words: "restartpolicy autorestart",
		read:  func(r *reader, e diag.Entry, s *Spec) { s.Restart = r.restart(e) },
		takes: restartRule(),
		kind:  "text", byDefault: "`no`", about: "what happens when it ends by itself",
		doc: "What happens when the program ends by itself: no, on-failure, on-failure:N (at most N times) or always.",
	},
	{
		settings: "HEALTH_CMD HEALTH_INTERVAL HEALTH_TIMEOUT HEALTH_START_PERIOD HEALTH_START_INTERVAL HEALTH_RETRIES",
		name:     "healthcheck", words: "health healthchecks livenessprobe",
		read:  func(r *reader, e diag.Entry, s *Spec) { s.Healthcheck = r.healthcheck(e) },
		takes: healthcheckRule(),
		kind:  "mapping, or `false`", byDefault: "the image's", about: "how to check that it works",
		doc: "How to check that the program works, with the keys of compose files; false for no check. What is left out is the image's.",
	},
	{
		name: "on_unhealthy", words: "unhealthy onunhealthy",
		read:  func(r *reader, e diag.Entry, s *Spec) { s.OnUnhealthy = r.onUnhealthy(e) },
		takes: oneOfWords("restart", "nothing"),
		kind:  "text", byDefault: "`nothing`", about: "what happens when it is unhealthy",
		doc: "What happens when the health check has failed too often: restart or nothing.",
	},
	{
		name: "shm_size", settings: "SHM_SIZE", words: "shm shmsize",
		read: func(r *reader, e diag.Entry, s *Spec) {
			s.ShmSize = r.size(e, leastSize, fmt.Sprintf("%dm", lifecycle.DefaultShmSize>>20))
		},
		takes: anyOf(integer(leastSize, mostSize), matching(`^[1-9][0-9]*`+sizeUnit+`$`)),
		kind:  "size", byDefault: fmt.Sprintf("`%dm`", lifecycle.DefaultShmSize>>20), about: "the size of `/dev/shm`",
		doc: "The size of /dev/shm: a number of bytes, or with a unit, as in 64m or 1g.",
	},
	{
		name: "log_size", settings: "LOG_SIZE", words: "logsize log logging logs",
		read:  func(r *reader, e diag.Entry, s *Spec) { s.LogSize = r.logSize(e) },
		takes: anyOf(integer(0, 0), integer(leastSize, mostSize), matching(`^(0|[1-9][0-9]*`+sizeUnit+`)$`)),
		kind:  "size, or `0`", byDefault: fmt.Sprintf("`%dm`", lifecycle.DefaultLogSize>>20), about: "how large the log may become",
		doc: "How large the log in the instance may become: a number of bytes, or with a unit, as in 10m; 0 for no log.",
	},
	volatileKey("tmp", "tmpfs tmpsize tmpdir", "256m", "half", func(s *Spec, v lifecycle.Volatile) { s.Tmp = v }),
	volatileKey("run", "runsize rundir", "64m", "a quarter", func(s *Spec, v lifecycle.Volatile) { s.Run = v }),
	{
		name: "properties", words: "labels property",
		read:  func(r *reader, e diag.Entry, s *Spec) { s.Properties = r.words(e, reservedHint) },
		takes: wordsRule(reservedPattern()),
		kind:  "mapping to text", byDefault: "derived from name and tag", about: "what clients show and search by",
		doc: "Image properties for LXD and Incus, in addition to those that lxdocker sets.",
	},
	{
		name: "requirements", words: "requires",
		read:  func(r *reader, e diag.Entry, s *Spec) { s.Requirements = r.words(e, nil) },
		takes: wordsRule(""),
		kind:  "mapping to text", byDefault: "none", about: "what an instance needs",
		doc: "What an instance needs to start, such as nesting: true.",
	},
	{
		name: "files", words: "file copy",
		read:  func(r *reader, e diag.Entry, s *Spec) { s.Files = r.files(e) },
		takes: filesRule(),
		kind:  "list, or mapping from path", byDefault: "none", about: "changes to the file system",
		doc: "Changes to the file system of the image, as a list of entries, or as a mapping from path to content or entry.",
	},
}

// format describes a spec to package diag. Values of env are often passwords.
func format() diag.Format {
	keys := specKeys.keys()
	keys.Secret = []string{"env"}
	return diag.Format{Name: "spec", Hint: "a spec needs at least a line like `image: nginx`", Keys: keys}
}

// reader reads one spec.
type reader struct {
	*diag.Reader
	keys      diag.Keys                         // of a spec
	source    func(name string) ([]byte, error) // reads a file in the folder of the spec
	contents  int                               // bytes of its files so far
	verifying string                            // the key whose rule about signatures is being read
}

// parse reads the text of a spec. If something is wrong with it, the Spec has what
// could be read.
func parse(name, file string, text []byte, source func(string) ([]byte, error)) (Spec, diag.Diagnostics) {
	f := format()
	document, root, ok := diag.Read(file, text, f)
	s := Spec{Name: name, File: file, places: document.Places()}
	if ok {
		r := &reader{Reader: document, keys: f.Keys, source: source}
		r.spec(root, &s)
	}
	return s, document.Diagnostics()
}

// spec reads the keys of a spec.
func (r *reader) spec(root diag.Node, s *Spec) {
	seen := make(map[string]diag.Entry)
	for _, e := range r.Entries(root) {
		if k, ok := specKeys.find(e.Key); ok {
			seen[e.Key] = e
			r.Remember(e.Key, e.Where())
			k.read(r, e, s)
		} else if meant := r.Unknown(e, r.keys); meant != "" {
			seen[meant] = e // reported as misspelt, so not also as missing
		}
	}
	if _, ok := seen["image"]; !ok {
		r.Wrong(root, "no image", "say which one, with a line like `image: nginx`")
	}
	_, hasCmd := seen["cmd"]
	if s.Entrypoint != nil && len(*s.Entrypoint) == 0 && (!hasCmd || s.Cmd != nil && len(*s.Cmd) == 0) {
		r.WrongValue(seen["entrypoint"], "nothing is left to run", "`entrypoint: []` drops the image's entrypoint and cmd: give a `cmd`")
	}
	r.saidTwice(seen, s.Env)
}

// choice reads a key that is true, false, or left without a value.
func (r *reader) choice(e diag.Entry) *bool {
	if e.Value.IsNull() {
		return nil
	}
	v, ok := r.Bool(e)
	if !ok {
		return nil
	}
	return &v
}
