// Package metrics counts what imgserver does, for Prometheus. It is the only package that
// knows the client library. Packages that count something define an interface of their own
// (Observer), which Metrics implements, or take a function; everything else is read from
// Sources at each scrape.
//
// No label has a value that a client, an image or a registry chooses: hosts of registries are
// those that the operator has named, and "other". So the number of series is fixed. A scrape
// costs the same however much the store holds, plus a few nanoseconds per product after the
// store has changed.
//
// The package opens no port and reads no disk: package monitor serves its handler.
package metrics
