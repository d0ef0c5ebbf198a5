package squashfstest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Compare lists the differences between what an image should hold and what a
// reader found, one for each name.
func Compare(want, got map[string]Node) []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(want)) {
		g, ok := got[name]
		if !ok && name == "." {
			continue // there is a root, but the reader tells nothing of it
		}
		if !ok {
			list = append(list, fmt.Sprintf("%q is missing", name))
		} else if d := differences(want[name], g); d != nil {
			list = append(list, fmt.Sprintf("%q: %s", name, strings.Join(d, ", ")))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[name]; !ok {
			list = append(list, fmt.Sprintf("%q should not be there", name))
		}
	}
	return list
}

func differences(want, got Node) (list []string) {
	differ := func(what string, want, got any) {
		if want != got {
			list = append(list, fmt.Sprintf("%s %v, not %v", what, got, want))
		}
	}
	differ("kind", want.Kind, got.Kind)
	differ("mode", fmt.Sprintf("%04o", want.Mode), fmt.Sprintf("%04o", got.Mode))
	differ("owner", want.UID, got.UID)
	differ("group", want.GID, got.GID)
	differ("time", want.ModTime, got.ModTime)
	if got.Links != 0 {
		differ("links", want.Links, got.Links)
	}
	if got.First != "?" {
		differ("first name", want.First, got.First)
	}
	differ("target", want.Target, got.Target)
	differ("device", [2]uint32{want.Major, want.Minor}, [2]uint32{got.Major, got.Minor})
	differ("size", want.Size, got.Size)
	differ("sum", fmt.Sprintf("%x", want.Sum[:4]), fmt.Sprintf("%x", got.Sum[:4]))
	if _, unknown := got.Xattrs["?"]; unknown {
		return list
	}
	for _, name := range slices.Sorted(maps.Keys(both(want.Xattrs, got.Xattrs))) {
		w, wanted := want.Xattrs[name]
		g, there := got.Xattrs[name]
		if w != g || wanted != there {
			list = append(list, fmt.Sprintf("attribute %q: %d bytes, not %d", name, len(g), len(w)))
		}
	}
	return list
}

func both(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	if all == nil {
		all = make(map[string]string)
	}
	maps.Copy(all, b)
	return all
}
