// Package store keeps the published images in a folder:
//
//	DIR/.lock                                  who writes (flock; JSON)
//	DIR/.tmp/                                  what is not published yet, or no more
//	DIR/streams/v1/{index,images}.json         for static web servers
//	DIR/images/<name>/<arch>/<serial>/
//	        version.json                       what this version is, with sizes and hashes
//	        lxd.tar.xz, rootfs.squashfs        a split image, perhaps with
//	        rootfs.tar.gz                      its root file system once more, or
//	        lxd_combined.tar.gz | .tar         a unified one
//	        retired.json                       when it left the catalog, if it did
//
// A version is made beside the others, synced to the disk and then moved to its
// place by one rename, so at every instant, and after any crash, the folder
// offers complete versions only. A published version never changes; all that
// can happen to it is to be retired, and later to be moved away by one rename.
//
// Any number of processes may read. Writing (drafts, Retire, Prune,
// WriteStreams) is for the one that holds the lock.
//
// The package never talks to a network, never decides which version is offered
// (catalog does) and never lets a name that somebody else chose become a path:
// names, architectures and serials have to match narrow patterns first.
package store
