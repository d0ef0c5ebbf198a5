// Package source finds the image that a reference names, in a registry, a layout or an
// archive. It combines packages registry and archive and adds nothing of its own.
package source
