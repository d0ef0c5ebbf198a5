// Package registry reads images from registries that speak the distribution
// specification: their manifests and configs, which it keeps under their digest,
// and their layers.
//
// It finds out how a registry wants to be spoken to, logs in with the credentials
// of docker and podman, asks mirrors first and the registry itself where a mirror
// cannot answer, tries again what may pass, gives up connections that fall silent,
// goes on with downloads where they broke off, and remembers who asked for fewer
// requests. When nothing changed, that is one HEAD request.
//
// Requests are repeated in retry.go, after the errors that neterror.go says, and
// manifests that broke off in repository.go; downloads go on in blob.go; mirror.go
// and session.go choose the host.
//
// Manifests and configs are verified before they count. Layers are not: package
// layer holds them against digest, size and diffID. The package never writes to a
// registry, never speaks plain http to one that was not named for that, and never
// prints a secret.
package registry
