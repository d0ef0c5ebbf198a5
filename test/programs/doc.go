// Package programs builds and starts the programs that tests and measurements consist of: those
// of a tree of this module, and the measuring program itself once more, as another part, perhaps
// in a network namespace of its own. It knows nothing about what they do.
package programs
