// Package convert is the conductor of one image: from a Job to a version in a
// store. Who wants the image does not matter: a spec, a client of the hub and
// `lxdocker convert` all come with a Job.
//
//	Job ─► oci ─► layer ─► rootfs ─► guest ─► lxdimage ─► delta ─► draft of a store
//
// A Converter is what a process has once: sources, cached layers, and the limits
// on what goes on at once. A Conversion is one Job under way: Start resolves its
// reference, Key says which image that gives, Publish makes it.
//
// The package decides nothing about other images: which ones to make, and what is
// superseded by them, is up to package build. It does none of the work itself.
package convert
