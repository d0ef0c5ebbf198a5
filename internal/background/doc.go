// Package background runs what computes for long on threads of less priority, so that the
// kernel lets go first what answers somebody: Go itself treats all goroutines alike. How
// much less, a context says; without one that does, nothing is different.
//
// It knows nothing of what is computed.
package background
