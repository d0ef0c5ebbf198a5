// Package arch is the one table of the processor architectures that images are
// made for, under every name that somebody gives them: LXD and Incus, the kernel,
// OCI with its variants, and the header of an ELF program. To add an architecture,
// add a row.
//
// It answers questions about names only: it never looks at the machine it runs on.
package arch
