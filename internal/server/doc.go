// Package server offers a store over HTTP: to LXD and Incus as one of their own servers and
// as a simplestreams server, and to people as a few pages.
//
// It serves exactly these paths, for GET and HEAD:
//
//	/                                        what this server has, for people
//	/image/NAME                              one image, for people
//	/image/NAME/changes                      in what two of its versions differ
//	/activity, /activity/events              what is being converted, if anything ever is
//	/feed.atom                               the newest versions
//	/assets/FILE, /favicon.ico               what these pages need
//	/1.0 and below                           LXD's own API: see package imageapi
//	/streams/v1/index.json, images.json      made from the current state of the store
//	/images/NAME/ARCH/SERIAL/FILE            the published files
//
// The routes are in server.go; keep this list in step with them. Everything else is 404.
// Paths are compared byte by byte and never cleaned; only names of images are unescaped. A
// path leads only to files that a version in the store names. Each answer reflects the store
// at the time of the request or later, so the server need not be told about builds.
//
// Clients are strangers. Headers, idle connections and the number of connections are
// limited, and a response has to make progress; its total time is not limited, because
// images may be large and links slow. A request that waits for an image on demand waits
// until its client goes away or the server ends.
//
// The package never writes to the store, converts nothing, and opens no connections; a Hub,
// if there is one, does.
package server
