// Package oci turns a reference into an image: its configuration and its layer
// blobs, from a registry, an OCI layout or an archive written by docker save,
// podman save or skopeo.
//
// It chooses the platform, speaks to registries (credentials, plain http for
// loopback, one HEAD request when nothing changed), keeps manifests and
// configurations under their digest, and streams blobs, going on where a
// dropped connection ended. Manifests and configurations are verified before
// they count.
//
// It never unpacks anything: no name in an image or an archive reaches the
// host's file system. It never verifies a layer: Open streams what the source
// sends, and package layer holds it against digest, size and diffID. It never
// writes to a registry and never prints a secret.
package oci
