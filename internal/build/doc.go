// Package build is the conductor: from specs to published versions. It is the
// only package that knows the whole chain
//
//	spec → oci → layer → rootfs → guest → lxdimage → store
//
// and does none of that work itself. It decides what has to be made at all
// (Key), in which order and how much at once, and what goes away afterwards.
// One image that fails never harms another: its published version stays.
package build
