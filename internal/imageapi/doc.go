// Package imageapi speaks LXD's own REST API, as far as LXD 5.0.2 to 6 and Incus
// 6.0 to 7 speak it to a public server of images:
//
//	/1.0                                what this server is
//	/1.0/images, /1.0/images/aliases    what it offers, as URLs or with ?recursion=1 in full
//	/1.0/images/aliases/NAME            which image a name means, for daemons
//	/1.0/images/FINGERPRINT             what is known about an image
//	/1.0/images/NAME                    the same by name
//	/1.0/images/FINGERPRINT/export      its files
//	/1.0/images/NAME/export             the same by name
//
// Beside simplestreams it lets clients pin a certificate when they add the
// server, shows them all properties of an image, and lets them ask for images
// that are not there yet: a name that the catalog does not have is asked of the
// Hub, for as long as that takes. Clients wait an hour for the answer.
//
// The package never converts anything itself, never writes to the store, and
// knows nothing of connections: limits, deadlines and the access log are those
// of package server.
package imageapi
