package failure

// Kind is what an error means for those who did not cause it.
type Kind int

const (
	// Internal is the kind of an error that has none: a mistake in this program,
	// or trouble of this machine.
	Internal Kind = iota
	// NotFound: there is no image of that name, tag, digest or platform.
	NotFound
	// Denied: the other side, or a policy here, refuses it. Many registries say
	// this of images that do not exist.
	Denied
	// RateLimited: the other side asks for fewer requests. RetryAfter may say
	// for how long.
	RateLimited
	// Unavailable: the other side is not reachable, or has a problem; or the work was
	// stopped before its end.
	Unavailable
	// TooLarge: beyond a limit that was set here.
	TooLarge
	// Corrupt: not what its digest, size or format says. A retry gives the same.
	Corrupt
	// Unsupported: well made, but not for this program.
	Unsupported
	// Full: there is no room for it on a disk of this machine, now.
	Full
	// Untrusted: it is not signed as somebody here asks for.
	Untrusted

	kinds // so many there are
)

// Kinds lists all kinds, for tests of those who map them to something.
func Kinds() []Kind {
	all := make([]Kind, kinds)
	for i := range all {
		all[i] = Kind(i)
	}
	return all
}

// String returns the kind in words, for logs.
func (k Kind) String() string {
	switch k {
	case NotFound:
		return "not found"
	case Denied:
		return "denied"
	case RateLimited:
		return "rate limited"
	case Unavailable:
		return "unavailable"
	case TooLarge:
		return "too large"
	case Corrupt:
		return "corrupt"
	case Unsupported:
		return "unsupported"
	case Full:
		return "full"
	case Untrusted:
		return "untrusted"
	}
	return "internal"
}

// KindNamed is the kind that String calls so; Internal if none is.
func KindNamed(name string) Kind {
	for _, k := range Kinds() {
		if k.String() == name {
			return k
		}
	}
	return Internal
}

// Temporary reports whether what failed so may work later without anybody
// changing anything.
func (k Kind) Temporary() bool { return k == RateLimited || k == Unavailable || k == Full }
