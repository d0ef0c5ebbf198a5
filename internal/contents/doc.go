// Package contents notes what is in an image, and says in what two images differ: packages of
// dpkg and apk, and files. A note is for people who look at a version; no image depends on it.
//
// A note is a zstd stream of the names in the order of rootfs.Tree.All, each with its kind,
// mode, owner, size, layer and the first half of the sha256 of what it holds. The databases of
// packages are read while their names go by. Images are written by strangers, so all of it is
// bounded: a note of more names than MaxNames ends there, and says so; packages are left out
// where they are too many or too long. Reading trusts no note: it may be damaged.
//
// The package is pure: it opens nothing.
package contents
