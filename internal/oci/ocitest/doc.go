// Package ocitest makes small images for tests: documents, layers, and a Source in memory
// that serves them.
package ocitest
