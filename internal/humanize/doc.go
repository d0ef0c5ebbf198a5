// Package humanize formats numbers of bytes for people, and parses what people write.
//
// Measured sizes are rounded, in powers of ten, as on the label of a disk ("97.0 MB"). Limits
// that somebody has set are exact, in powers of two ("16 GiB", and "16G" as the value of a
// flag). Sizes in specs have the syntax of compose files, which package spec parses.
package humanize
