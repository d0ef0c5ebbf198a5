package lxdimage

import "fmt"

// Arch gives the name of an OCI platform that LXD 5.0 and every Incus accept in
// metadata and in simplestreams. OCI's "arm" must never pass unmapped: both
// daemons read that word as armv6l (T12).
func Arch(architecture, variant string) (string, error) {
	switch architecture {
	case "amd64", "arm64", "riscv64", "s390x":
		return architecture, nil
	case "386":
		return "i386", nil
	case "ppc64le":
		return "ppc64el", nil
	case "loong64":
		return "loongarch64", nil
	case "arm":
		switch variant {
		case "", "v7": // a 32-bit arm image without a variant is v7 by OCI's rule
			return "armhf", nil
		case "v6", "v5":
			return "armel", nil
		case "v8":
			return "armv8l", nil
		}
	}
	return "", fmt.Errorf("naming the architecture %q (variant %q): LXD and Incus have no such architecture", architecture, variant)
}
