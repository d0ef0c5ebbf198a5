// Package ocitest makes small images for tests: their documents, their layers, and
// a Source in memory that has them.
package ocitest
