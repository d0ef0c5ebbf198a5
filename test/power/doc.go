// Package power takes away the power from lxdocker and imgserver, as far as a test can:
// while they work on a disk of their own, the disk is copied at random moments, and each
// copy has to be one that both go on with as if nothing had happened. Images that were
// reported as published are there, and every byte is right.
//
// The disk is an ext4 that writes names as early, and contents as late, as it may. It lies
// on a btrfs, of which a file can be copied at one moment. What the programs have written
// and not synced is in the memory of ext4, and so in no copy.
package power
