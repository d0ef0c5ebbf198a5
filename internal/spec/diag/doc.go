// Package diag reads YAML files that people write, strictly, and reports mistakes as compilers
// do: all at once, each with file, line and column, the line itself with a mark below it, and
// a hint. It reports duplicate and missing keys, wrong types, and unknown keys, with the key
// that may have been meant. The package that reads the file defines the keys and their meaning.
//
// A Reader walks the nodes of one document and collects Diagnostics. It bounds the work that
// a file can cause, and never shows a line that may hold a secret. No other package uses the
// YAML library.
package diag
