package convert

import (
	"maps"
	"strconv"

	"lxdocker/internal/rootfs"
)

// usualMap is how many users and groups a container has that nobody has given more:
// as many as shadow gives a user in /etc/subuid.
const usualMap = 1 << 16

// IdmapSize is the property with the number of users and groups that the map of an
// instance must have, of images that need more than the usual one: owners beyond it
// become nobody (OpenShift's begin at 1,000,000,000).
const IdmapSize = "lxdocker.idmap_size"

// idmapSize gives the property's value; "" if the usual map will do.
func idmapSize(tree *rootfs.Tree) string {
	var largest uint32
	for _, ino := range tree.Names() {
		largest = max(largest, ino.UID, ino.GID)
	}
	if largest < usualMap {
		return ""
	}
	return strconv.FormatInt(int64(largest)+1, 10)
}

// properties are the spec's, and what is known of the image once its tree is.
func (c *Conversion) properties() map[string]string {
	if c.idmap == "" {
		return c.Edits.Properties
	}
	all := map[string]string{IdmapSize: c.idmap}
	maps.Copy(all, c.Edits.Properties)
	return all
}
