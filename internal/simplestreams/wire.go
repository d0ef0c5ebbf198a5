package simplestreams

// product is a product in images.json.
type product struct {
	Aliases         string             `json:"aliases"` // commas between, no spaces
	Arch            string             `json:"arch"`
	OS              string             `json:"os"`
	Release         string             `json:"release"`
	ReleaseTitle    string             `json:"release_title"`
	Variant         string             `json:"variant"`
	Version         string             `json:"version"`
	LXDRequirements map[string]string  `json:"lxd_requirements"` // LXD up to 5.0.2 knows only these,
	Requirements    map[string]string  `json:"requirements"`     // Incus only these
	Versions        map[string]version `json:"versions"`         // by serial; clients take the greatest
}

type version struct {
	Items map[string]item `json:"items"`
}

type item struct {
	FType            string `json:"ftype"`
	Path             string `json:"path"`
	SHA256           string `json:"sha256"`
	Size             int64  `json:"size"`
	CombinedSquashfs string `json:"combined_squashfs_sha256,omitempty"`
	CombinedTarball  string `json:"combined_rootxz_sha256,omitempty"`
	DeltaBase        string `json:"delta_base,omitempty"` // a serial of the same product
}
