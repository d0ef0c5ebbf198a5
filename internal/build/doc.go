// Package build makes many images: from specs to published versions.
//
//	specs ─► Jobs ─► Run( convert each ─► retire ─► static index ─► prune ─► collect )
//
// It decides which images have to be made, how many at once, and what is removed afterwards:
// versions that are no longer offered, and cached data that no image needs. If one image
// fails, its published version stays, and all others are made as usual. Update makes a
// single image, for a spec, a client of the hub or `lxdocker convert`.
//
// Package convert makes each image.
package build
