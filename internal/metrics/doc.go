// Package metrics counts what an imgserver does, and shows it to Prometheus. It is the
// only one that knows the client library: those who have something to count do so through
// interfaces of their own, which Metrics fills, or are asked through Sources when somebody
// looks.
//
// No label has a value that a client, an image or a registry chooses: hosts of registries
// are those that a person has named, and "other". So there is a fixed number of series,
// whoever asks for what. Looking costs the same however much the store holds, and some
// nanoseconds for each product if the store has changed since.
//
// The package opens no port and reads no disk: package monitor answers with its handler.
package metrics
