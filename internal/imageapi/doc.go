// Package imageapi implements LXD's own REST API as far as LXD 5.0.2 to 6 and Incus 6.0 to 7
// use it with a public image server:
//
//	/1.0                                what this server is
//	/1.0/images, /1.0/images/aliases    what it offers: URLs, or everything with ?recursion=1
//	/1.0/images/aliases/NAME            which image a name means, for daemons
//	/1.0/images/FINGERPRINT             what is known about an image
//	/1.0/images/NAME                    the same, by name
//	/1.0/images/FINGERPRINT/export      the files of an image
//	/1.0/images/NAME/export             the same, by name
//
// Unlike simplestreams, this API lets clients pin the certificate when they add the server,
// shows them all properties of an image, and lets them request images that do not exist yet:
// if the catalog lacks a name, the Hub is asked, for as long as that takes. Clients wait up
// to an hour for the answer.
//
// What differs between clients is in client.go, with the versions of LXD and Incus that
// need it.
//
// The package converts nothing, never writes to the store, and knows nothing about
// connections: limits, deadlines and the access log are in package server.
package imageapi
