// Package background runs long computations on threads of lower priority, so that the kernel
// schedules threads that answer clients first; Go's own scheduler treats all goroutines
// alike. The context says how much lower. Without a priority in the context, nothing changes.
//
// Work that holds a place which others want says when it only waits for data: see Watcher.
//
// Sorting can take long, too: SortFunc ends with its context.
//
// The package knows nothing about what is computed.
package background
