// Package assembly puts the files of an image together from its layers: in this process, or
// in one of its own.
//
//	Work ─┬─ Do ──────────────────────────────────────────► files
//	      └─ DoApart ─► request ─► Serve (Do) ─► frames ──► files
//
// A tree of a million files takes more than a hundred megabytes, through which the garbage
// collector goes again and again, and makes everything wait that the program does beside it.
// A process of its own has a collector, a priority and an end of its own. It only reads the
// layers: what it makes comes back as frames (type frame), and who asked for it writes,
// hashes and counts it as if it had been made there.
package assembly
