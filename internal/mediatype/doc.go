// Package mediatype has the one table of media types of OCI and Docker images: manifests and
// indexes, configs, layers and their compressions, and artifacts that registries hold beside
// images. It also recognises compressions by their first bytes.
//
// Media types are compared without regard to case, and parameters after a semicolon are
// ignored (RFC 9110, 8.3.1). The sources are the OCI image specification (media-types.md)
// and Docker's image manifest v2 schema 2.
//
// The package reads only the strings and bytes that it is given.
package mediatype
