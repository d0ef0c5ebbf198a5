// Package server offers a store over HTTP, to LXD and Incus as one of their own
// and as a simplestreams server, and to people as one small page.
//
// It serves exactly these paths, for GET and HEAD:
//
//	/                                        what this server has, for people
//	/favicon.ico                             the icon of that page
//	/1.0 and below                           LXD's own API: see package imageapi
//	/streams/v1/index.json, images.json      made from the store as it is now
//	/images/NAME/ARCH/SERIAL/FILE            the published files
//
// The routes are in server.go; who adds one adds it here, too. Everything else is
// 404: a path is matched letter by letter, never cleaned, and only names of images
// are unescaped. It only leads to a file that a version in the store names.
// A request is answered from the store as it was at or after the moment of the
// request, so nothing needs to be told about builds.
//
// Clients are strangers. Headers, idle connections and their number are
// limited, and a response has to make progress; how long it takes in all is
// not limited, because an image may be large and a link slow. A request that
// waits for an image on demand does so until its client goes away or the server
// ends.
//
// The package never writes to the store, never converts anything and never
// calls out; a Hub, if it was given one, does.
package server
