// Package diag reads YAML files that people write, strictly, and says what is
// wrong with them as compilers do: every mistake at once, each with file, line and
// column, the line itself with a mark below it, and a hint. What a file says twice
// or nowhere, what has the wrong type, and keys that do not exist but resemble one
// that does, are its business; what keys there are and what they mean is that of
// the package that reads the file.
//
// A Reader walks the nodes of one document and collects Diagnostics. It bounds the
// work that a file can ask for, and never shows a line that may hold a secret.
// The YAML library stays inside of this package.
package diag
