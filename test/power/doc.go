// Package power takes the power away from lxdocker and imgserver, as far as a test can. While
// they work on a disk of their own, the disk is copied at random moments, and both programs
// must be able to go on with every copy as if nothing had happened. Images that were reported
// as published must be there, with every byte right.
//
// The disk is an ext4 file system, mounted to write names as early and contents as late as it
// can. It lies in a file on btrfs, which can copy a file at one moment. Data that the programs
// have written but not synced are in the memory of ext4, and so in no copy.
package power
