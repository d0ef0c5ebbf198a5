// Package forwarded finds out for whom a reverse proxy asks: by X-Forwarded-For and
// X-Forwarded-Proto, or Forwarded (RFC 7239), of requests that come from a proxy that somebody
// has named. Of all others, these headers mean nothing.
//
// A proxy adds the address that it sees at the end of what the client has sent, so only the
// end can be trusted: the client is the right-most address that is no proxy's.
package forwarded
