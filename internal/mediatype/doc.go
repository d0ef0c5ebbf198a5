// Package mediatype is the one table of the media types that OCI and Docker images
// have: manifests and indexes, configs, layers and how they are compressed, and
// the artifacts that registries hold beside images. It also tells compressions by
// their first bytes.
//
// Upper and lower case are the same in a media type, and parameters after a
// semicolon say nothing here (RFC 9110, 8.3.1). The sources are the OCI image
// specification (media-types.md) and Docker's image manifest v2 schema 2.
//
// The package reads nothing but the strings and bytes that it is given.
package mediatype
