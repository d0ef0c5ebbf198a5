// Package registry reads images from registries that implement the OCI distribution
// specification: manifests and configs, which it caches by digest, and layers.
//
// It finds out how a registry wants to be addressed, logs in with the credentials of docker
// and podman, tries mirrors before the registry itself, repeats requests after temporary
// errors, gives up stalled connections, resumes interrupted downloads, and remembers rate
// limits. If nothing has changed, an image costs one HEAD request.
//
// retry.go repeats requests, after the errors in neterror.go; repository.go repeats
// interrupted manifests; blob.go resumes downloads; mirror.go and session.go choose the host.
//
// Manifests and configs are verified before they are used. Layers are not: package layer
// checks digest, size and diffID. The package never writes to a registry, never uses plain
// HTTP with a registry that was not named for it, and never prints a secret.
package registry
