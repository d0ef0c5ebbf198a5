// Package document keeps texts of many items ready to be sent: a catalog of ten thousand
// images is 40 MB of JSON. It holds them compressed, in parts of a few dozen items. When an
// item changes, only the part that contains it is made again.
//
// A Document can be read from any offset, either as the gzip stream that it holds, or as the
// text, which is decompressed on the way.
//
// The package does not know what the text says, and does no I/O.
package document
