// Package conversion holds the flags of every command that converts images, of
// lxdocker and of imgserver, and makes the builder that they describe. It does
// no work itself.
package conversion
