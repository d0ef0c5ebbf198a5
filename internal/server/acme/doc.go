// Package acme obtains certificates for names from an authority that speaks ACME (RFC 8555), and
// renews them. The authority verifies a name by a connection to its port 443 (TLS-ALPN-01,
// RFC 8737), which the server answers; nothing else has to be reachable.
//
// All of that happens beside the answers: no client ever waits for an authority, and what was
// obtained is served until there is something newer, whatever fails. The package never decides
// what clients get that ask for another name.
package acme
