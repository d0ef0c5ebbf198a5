// Package build makes many images: from specs to published versions.
//
//	specs ─► Jobs ─► Run( convert each ─► retire ─► static index ─► prune ─► collect )
//
// It decides what has to be made at all, how many at once, and what goes away
// afterwards: versions nobody is offered any more, cached data nothing needs. One
// image that fails never harms another: its published version stays.
//
// How one image is made is up to package convert.
package build
