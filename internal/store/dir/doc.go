// Package dir keeps a store of published images in a folder:
//
//	DIR/.lock                                  the lock of a run (flock; JSON)
//	DIR/.writing                               the mutation lock: who changes folders now (flock)
//	DIR/.making                                which process makes a version of what, or runs (fcntl)
//	DIR/.ledger                                what is published, so that nobody has to list it
//	DIR/.format                                that the folder has a later format than 1
//	DIR/.runs                                  what became of the work on images (package runs)
//	DIR/.tmp/                                  drafts, and versions that are being removed
//	DIR/.tmp/*/.held                           locked while the owner lives (flock)
//	DIR/.damaged/                              damaged versions without a replacement so far
//	DIR/streams/v1/{index,images}.json         for static web servers
//	DIR/images/<name>/<arch>/<serial>/
//	        version.json                       the version's description, with sizes and hashes
//	        lxd.tar.xz, rootfs.squashfs        a split image, perhaps with
//	        rootfs.tar.gz                      its root file system once more, or
//	        lxd_combined.tar.gz | .tar         a unified one
//	        contents.zst                       what is in it, for people (package contents), if that was noted
//	        retired.json                       when the version left the catalog, if it did
//	DIR/images/<name>/<arch>/pinned.json       since when the product is pinned, if it is
//
// A version is written beside the others, synced, and moved into place by a single rename. So
// at any instant, and after any crash, the folder offers complete versions only. A published
// version never changes: it can only be retired and, later, moved away by a single rename.
//
// Files of at least a disk block with the same bytes are one file with several names (hard
// links), whoever published them (share.go).
//
// Any number of processes may read, and any number may write. All of them write image data
// into drafts at the same time; what moves something (Publish, Retire, Prune, UpdateStreams)
// takes turns of a few milliseconds. The lock of a run is another one: runs take hours.
//
// The folders are the truth. The ledger says the same in one file, to which every change is
// appended (ledger.go). It is rebuilt from the folders if it is missing, damaged or of a later
// format. An older lxdocker, which does not write the ledger, may use the same folder: its
// changes are detected by the modification times of two files, when a version is used, or by
// the next Check.
//
// The package never uses a network, and no name chosen by somebody else becomes a path before
// it matches a narrow pattern: names, architectures and serials are all checked.
package dir
