// Package access decides who may use a server: by the address that asks, and by a login of
// HTTP basic (RFC 7617) whose users are in a file of htpasswd with bcrypt.
//
//	address in Allow? ─ no ─► 403      login right? ─ no ─► 401      too many failures? ─► 429
//
// An answer that refuses is the same for every path, so that it says nothing about what there
// is. Whether a user exists cannot be told from the time that an answer takes. The package
// never serves anything, and never changes a file.
package access
