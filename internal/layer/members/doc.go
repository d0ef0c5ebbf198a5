// Package members reads the members of tar archives as archive/tar does, and means the same by
// each, but makes next to no garbage: of a layer of a million files, archive/tar leaves half a
// gigabyte for the collector, which stops a server that has better things to do.
//
// It reads what nearly all layers consist of by itself: headers of the formats ustar and GNU
// with numbers in octal, and PAX records. At the first member that is anything else, such as
// sparse files, long names of GNU tar, numbers in base 256, archives of Unix V7, or what is wrong
// in any way, it hands that member and all after it to archive/tar. So there is one judge of what
// is unusual, and of what is damaged.
package members
