// Package unpacking unpacks layers in another process.
//
//	Process.Unpack ─┬─ pipe:   the blob ──────────────────────────► Serve (layer.Local) ─► the files of a pack
//	                └─ socket: request ─► ◄─ messages, permits ─►
//
// What strangers ask for is unpacked on threads of lower priority, and leaves garbage. In a
// server, both are in the way of those who wait for an answer: Go's scheduler may have put
// them behind a thread that the kernel does not let run, and the garbage collector stops
// everybody. Another process has threads, a collector and a limit of memory of its own. There
// is one for all layers, as each of them needs little memory.
//
// The process has no network, no settings and no store: it gets bytes, and a folder to write
// to. What the layers of one image may have together, and windows of zstd, are shared with
// others, so it asks for them.
package unpacking
