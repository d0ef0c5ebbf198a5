// Package arch has the table of the processor architectures that images are made
// for, with every name in use for them: those of LXD and Incus, of the kernel, of
// OCI with its variants, and what the header of an ELF program says. To add an
// architecture, add a row; then `go test ./internal/spec -update`, as messages, schema
// and reference list them.
//
// It only knows names. It never looks at the machine that it runs on.
package arch
