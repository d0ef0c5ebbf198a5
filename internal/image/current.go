package image

// Current gives what clients get of each product: the version with the greatest
// serial of those that are not retired. A product without one is not in the map.
//
// This is the one place that says so; everything else asks it.
func Current(versions []Version) map[Product]Version {
	all := map[Product]Version{}
	for _, v := range versions {
		if p := v.Product(); v.Retired == nil && v.Serial > all[p].Serial {
			all[p] = v
		}
	}
	return all
}
