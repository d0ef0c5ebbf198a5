// Package durable handles files that must survive a crash: files that are put in place whole
// or not at all, folders whose entries are synced, locks that end with the process that holds
// them, and temporary folders that nobody else removes while their owner lives.
//
// Locks are on files, never on folders, because NFS cannot lock folders.
//
// The package never decides what is in a file.
package durable
