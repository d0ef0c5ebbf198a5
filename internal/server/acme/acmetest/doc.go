// Package acmetest runs pebble, an authority that speaks ACME, for tests: with a certificate that
// they trust, names that all lead to this machine, and an address that stays the same while the
// authority is away. It is for tests only.
package acmetest
