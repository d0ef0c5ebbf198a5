package convert

import (
	"maps"

	"lxdocker/internal/convert/assembly"
)

// properties are the spec's, and what is known of the image once its tree is.
func (c *Conversion) properties() map[string]string {
	if c.idmap == "" {
		return c.Edits.Properties
	}
	all := map[string]string{assembly.IdmapSize: c.idmap}
	maps.Copy(all, c.Edits.Properties)
	return all
}
