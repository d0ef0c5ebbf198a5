// Package signaturetest signs images as cosign does, for tests: it makes what the published
// formats say, and shares no code with the package that reads it.
package signaturetest
