// Package guest makes the tree of an application image bootable: it adds an
// /sbin/init, a static busybox to run it, a DHCP script, and what the image
// says about its application (command, environment, user, stop signal). The
// scripts are real files in files/; [Templates] are the files that LXD and
// Incus write into the container themselves.
//
// In the container the scripts speak to each other through files in /run/lxdocker,
// which docs/internals.md lists; a test compares. Who changes a file in files/
// changes every image, and raises convert.FormatVersion.
//
// What an image says travels as data, in files of strings that end with a NUL
// each, and is never interpreted by a shell; this holds from here down to the
// execve of the application. The package edits a tree and nothing else: it
// reads no disk, starts nothing and takes no time of day, so the same input
// gives the same tree.
package guest
