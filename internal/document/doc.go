// Package document keeps texts that are made of many items ready to be sent: a
// catalog of ten thousand images is 40 MB of JSON. It holds them compressed, in
// parts of some dozens of items, and when an item changes it makes the part anew
// that has it, and no other.
//
// A Document can be read as a gzip stream, as it is held, or as the text, which is
// decompressed meanwhile; both from any place on.
//
// The package knows nothing of what the text says, and does no I/O.
package document
