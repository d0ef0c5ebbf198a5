// Package arch has the table of processor architectures that images are made for, with
// every name in use for them: those of LXD and Incus, of the kernel, of OCI with its
// variants, and the fields of an ELF header. To add an architecture, add a row, then run
// `go test ./internal/spec -update`, because messages, schema and reference list them.
//
// The package only knows names. It never looks at the machine it runs on.
package arch
