package main

import (
	"encoding/csv"
	"fmt"
	"strings"
)

// asVolume reads the value of docker's --mount, and writes the same as those of --volume or
// --tmpfs do.
func asVolume(text string) (volume, tmpfs string, err error) {
	fields, err := csv.NewReader(strings.NewReader(text)).Read()
	if err != nil {
		return "", "", fmt.Errorf("it is type=bind,source=/HOST,target=/PATH, or type=volume,source=NAME,target=/PATH")
	}
	kind, source, target, end, size := "volume", "", "", "", ""
	for _, field := range fields {
		key, value, _ := strings.Cut(field, "=")
		switch key {
		case "type":
			kind = value
		case "source", "src":
			source = value
		case "target", "destination", "dst":
			target = value
		case "readonly", "ro":
			if end = ":ro"; value == "false" || value == "0" {
				end = ""
			}
		case "tmpfs-size":
			size = ":size=" + value
		case "bind-propagation", "bind-nonrecursive", "bind-recursive", "consistency", "volume-driver", "volume-label", "volume-nocopy", "volume-opt", "volume-subpath", "tmpfs-mode":
			return "", "", fmt.Errorf("the daemons have no %s: leave it out", key)
		default:
			return "", "", fmt.Errorf("%q is none of type, source, target, readonly and tmpfs-size", key)
		}
	}
	switch kind {
	case "tmpfs":
		return "", target + size, nil
	case "bind", "volume":
		if slash := strings.HasPrefix(source, "/") || strings.HasPrefix(source, "."); slash != (kind == "bind") {
			return "", "", fmt.Errorf("the source %q is not that of type=%s", source, kind)
		}
		return source + ":" + target + end, "", nil
	}
	return "", "", fmt.Errorf("the type %q is none of bind, volume and tmpfs", kind)
}
