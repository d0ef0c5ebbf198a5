// Package humanize writes numbers of bytes as people read them, and reads them as
// people write them.
//
// What was measured is rounded, in powers of ten, as on the label of a disk
// ("97.0 MB"). Limits that somebody set are exact, in powers of two ("16 GiB",
// and "16G" as the value of a flag). Specs have a syntax of their own, compose's:
// package spec reads that.
package humanize
