package imageapi

// Program is which of the programs of LXD and Incus a User-Agent is of: lxc, lxd, incus or
// incusd; "" for all others. What uses their libraries counts as a command line.
func Program(userAgent string) string {
	switch c := clientOf(userAgent); {
	case c.family == lxd && c.daemon:
		return "lxd"
	case c.family == lxd:
		return "lxc"
	case c.family == incus && c.daemon:
		return "incusd"
	case c.family == incus:
		return "incus"
	}
	return ""
}
