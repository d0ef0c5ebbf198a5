// Package guest makes the tree of an application image bootable. It adds /sbin/init, a static
// busybox to run it, a DHCP script, and what the image says about its application (command,
// environment, user, stop signal). The scripts are real files in files/. [Templates] are the
// files that LXD and Incus write into the container themselves.
//
// In the container the scripts communicate through files in /run/lxdocker. The page
// docs/internals.md lists them, and a test compares the two. A change of anything in files/
// changes every image, so raise convert.FormatVersion with it.
//
// What an image says travels as data, in files of NUL-terminated strings, and is never
// interpreted by a shell, from here to the execve of the application. The package only
// edits a tree: it reads no disk, starts no programs and reads no clock, so the same input
// gives the same tree.
package guest
