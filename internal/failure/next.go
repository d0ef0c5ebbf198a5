package failure

import "strings"

// Reader is who is told what to do about a failure.
type Reader int

const (
	// Asker asks a server for an image on demand, can change nothing there, and knows no flags.
	Asker Reader = iota
	// SpecKeeper keeps the spec of the image.
	SpecKeeper
	// Operator runs the server that makes the image when it is asked for.
	Operator
)

// steps are what each reader does about a failure. NAME is that of the spec.
type steps [3]string

// Next is what a person does about a failure of a kind, for a cause that may be Unclear. name is
// that of the spec, if there is one. It is a sentence without its capital and its full stop, and
// says nothing of this machine. This is the one place for that.
func Next(k Kind, c Cause, r Reader, name string) string {
	if r == Asker {
		c = c.Public()
	}
	all, ok := byCause[c]
	if !ok || Causes()[c] != k {
		all = byKind[k]
	}
	return strings.ReplaceAll(all[r], "NAME", name)
}

var byKind = map[Kind]steps{
	Internal: {
		"tell who runs this server; its log says more",
		"run `lxdocker build NAME --verbose` with the flags of the run, and read why",
		"read the log of imgserver (`journalctl -u imgserver`)",
	},
	NotFound: {
		"see whether the registry has the name and the tag, as tags are removed, too",
		"compare `image` in the spec with what the registry has; a tag may have been removed",
		"if it is gone for good, nobody gets a newer one; launch another name or tag",
	},
	Denied: {
		"check the name; if it is right, ask who runs this server",
		"read what the registry says; check the name, and whether the user who runs this is logged in there (`podman login HOST`)",
		"read what the registry says; check the name, and whether the user who runs imgserver is logged in there (`podman login HOST`)",
	},
	RateLimited: {
		"wait until the registry allows more; who runs this server can log in there, or use a mirror",
		"the next run tries again when the registry allows it; a login or a --mirror allows more",
		"imgserver tries again when the registry allows it; a login or a --mirror allows more",
	},
	Unavailable: {
		"ask again in some minutes; if it stays so, tell who runs this server",
		"the next run tries again; see whether this machine reaches the registry, and whether it has an outage",
		"imgserver tries again; see whether this machine reaches the registry, and whether it has an outage",
	},
	TooLarge: {
		"choose a smaller image or tag; who runs this server can raise the limit",
		"raise the limit that is named, if you trust the image",
		"raise the limit that is named, if you trust the image",
	},
	Corrupt: {
		"tell who publishes the image, and choose another tag meanwhile",
		"what the registry has is damaged: tell who publishes the image, or use another tag",
		"what the registry has is damaged: tell who publishes the image, or use another tag",
	},
	Unsupported: {
		"choose another image or tag; registries hold more than images of Linux",
		"use another image or tag",
		"use another image or tag",
	},
	Untrusted: {
		"choose an image that is signed; who runs this server decides whose signatures count",
		"do not take it before you know why: ask who publishes it, in another way than through the registry; then correct `verify` in the spec, or the file of --trust",
		"do not take it before you know why: ask who publishes it, in another way than through the registry; then correct the file of --trust",
	},
	Full: {
		"ask again later; who runs this server can make room",
		"make room on the disk; the next run tries again",
		"make room on the disk; imgserver tries again",
	},
}

var byCause = map[Cause]steps{
	Login: {
		"check the spelling; if the image is private, who runs this server can log in for it",
		"log in at the registry as the user who runs this (`podman login HOST`), or correct the name: registries say the same of images that they do not have",
		"correct the name; if the image is private, log in as the user who runs imgserver (`podman login HOST`), and set --on-demand-logins",
	},
	Policy: {
		"who runs this server decides which images it makes; its first page lists them",
		"name the registry in a pattern of --on-demand",
		"allow it with a pattern of --on-demand, which has to name a host that is in a network of this machine",
	},
	Platform: {
		"launch it on a machine of another architecture, or choose another image or tag",
		"leave the architecture out of `architecture` in the spec, or name a tag that is made for it",
		"launch another image or tag: nobody publishes this one for the architecture",
	},
	DNS: {
		"", // those who ask are not told that
		"check the spelling of the registry's name, and whether this machine finds it (`getent hosts HOST`); the next run tries again",
		"check the spelling of the registry's name, and whether this machine finds it (`getent hosts HOST`); imgserver tries again",
	},
	TLS: {
		"",
		"check the clock of this machine, and put the authority that signed the registry's certificate into /etc/containers/certs.d/HOST/ca.crt; the next run tries again",
		"check the clock of this machine, and put the authority that signed the registry's certificate into /etc/containers/certs.d/HOST/ca.crt; imgserver tries again",
	},
}
