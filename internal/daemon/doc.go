// Package daemon is a client of the REST API that LXD and Incus have in common: instances,
// images, storage volumes, files and programs in instances. It finds the daemons of this
// machine by their sockets, and others as `lxc` and `incus` have them configured.
//
// Everything happens in one project, so that a certificate restricted to that project is
// enough. Operations are waited for. Errors have the daemon's own words, made safe to show,
// and a failure.Kind.
//
// The package knows what the daemons differ in, and nothing of what instances run: package
// instance does. It never decides to repeat or undo a request.
//
// Sources: doc/rest-api.yaml of LXD 5.0.2 and of Incus 6.0.4; what both really answer was
// tried, and is noted where it matters.
package daemon
