// Package source finds the image that a reference names, wherever that is: in a
// registry, a layout or an archive. It puts packages registry and archive together
// and adds nothing of its own.
package source
