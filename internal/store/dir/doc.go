// Package dir keeps a store of published images in a folder:
//
//	DIR/.lock                                  the lock of a run (flock; JSON)
//	DIR/.writing                               who changes folders just now (flock)
//	DIR/.making                                who makes a version of what just now (fcntl)
//	DIR/.ledger                                what is published, so that nobody has to list it
//	DIR/.tmp/                                  what is not published yet, or no more
//	DIR/.tmp/*/.held                           whose owner lives (flock)
//	DIR/.damaged/                              damaged versions that nobody has replaced yet
//	DIR/streams/v1/{index,images}.json         for static web servers
//	DIR/images/<name>/<arch>/<serial>/
//	        version.json                       what this version is, with sizes and hashes
//	        lxd.tar.xz, rootfs.squashfs        a split image, perhaps with
//	        rootfs.tar.gz                      its root file system once more, or
//	        lxd_combined.tar.gz | .tar         a unified one
//	        retired.json                       when it left the catalog, if it did
//	DIR/images/<name>/<arch>/pinned.json       since when nobody changes this product, if so
//
// A version is made beside the others, synced to the disk and then moved to its
// place by one rename, so at every instant, and after any crash, the folder
// offers complete versions only. A published version never changes; all that
// can happen to it is to be retired, and later to be moved away by one rename.
//
// Files of at least a block of the disk that have the same bytes are one file with several
// names (hard links), whoever published them (share.go).
//
// Any number of processes may read, and any number may write. Image data is
// written into drafts, by all at once; what changes the place of something
// (Publish, Retire, Prune, UpdateStreams) takes turns, which last milliseconds.
// The lock of a run is something else: runs take hours.
//
// The folders are the truth. The ledger says the same in one file, to which those
// append who change something (ledger.go), and which is made anew from the folders
// when it is missing, damaged or of a later format. An older lxdocker, which writes
// none, may work beside: what it does is noticed by the times of two files, when a
// version is touched, or by the next Check.
//
// The package never talks to a network, and never lets a name that somebody else
// chose become a path: names, architectures and serials have to match narrow
// patterns first.
package dir
