package bomb

// Images are all layers of the package by the names of their images. Making them takes
// half a minute.
func Images() map[string][]Packed {
	return map[string][]Packed{
		"links-through-links":  LinksThroughLinks(),
		"names-through-a-link": NamesThroughALink(),
		"attributes":           Attributes(),
		"attributes-in-layers": AttributesInLayers(),
		"hole":                 Hole(),
		"holes":                Holes(),
		"holes-in-layers":      HolesInLayers(),
		"deep-folders":         DeepFolders(),
		"many-deep-folders":    ManyDeepFolders(),
		"hardlink-chain":       HardlinkChain(),
		"hardlink-ring":        HardlinkRing(),
		"many-layers":          ManyLayers(),
		"small-layers":         SmallLayers(),
		"empty-members":        EmptyMembers(),
		"skippable-frames":     SkippableFrames(),
		"empty-frames":         EmptyFrames(),
		"small-files":          SmallFiles(200_000),
		"more-small-files":     SmallFiles(450_000),
		"same-files":           SameFiles(),
		"other-files":          OtherFiles(),
		"long-names":           LongNames(),
		"long-links":           LongLinks(),
	}
}
