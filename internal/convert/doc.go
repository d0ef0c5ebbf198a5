// Package convert makes one image: from a Job to a version in a store. Specs, clients of the
// hub and `lxdocker convert` all supply a Job.
//
//	Job ─► oci ─► layer ─► rootfs ─► guest ─► lxdimage ─► delta ─► draft in a store
//
// A process has one Converter, with its sources, cached layers and limits on concurrent work.
// A Conversion is one Job in progress: Start resolves the reference and verifies its signatures,
// Key identifies the image that would result, and Publish makes it.
//
// The package decides nothing about other images: which ones to make, and which versions
// they supersede, is up to package build. The steps themselves are the work of other packages.
package convert
