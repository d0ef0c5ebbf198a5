// Package durable has what programs do with files that must survive: a file that is
// put in place whole or not at all, folders whose names are on the disk, locks that
// go with the process that holds them, and folders in the making that nobody else
// removes while their owner lives.
//
// Locks are on files, never on folders, since NFS locks no folders.
//
// It never decides what is in a file.
package durable
