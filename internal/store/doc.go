// Package store defines a store of published images, as an interface with its contract. It
// also has what every store does in the same way: snapshots, verifying, rolling back, and
// waiting for the lock. Package storetest tests every implementation against the contract;
// package dir keeps a store in a folder.
//
// All implementations promise:
//
// All or nothing. A version becomes visible, complete, when Publish has done its work, and
// never before. It does not change after that: it can only be retired, and removed
// later. After a crash of the process or the machine, at any moment, each change has either
// happened or not. What a dead process left unfinished is removed by the next Prune, whoever
// calls it.
//
// Durability. What a method has reported as done without an error survives a loss of power.
//
// Concurrency. Any number of goroutines may call all methods, and any number of processes,
// older versions of the program among them, may use the store. Nobody needs a lock of
// TryLock to change anything. Changes take turns where they have to; the turns are short,
// because the data of an image are written into a draft beforehand.
//
// Reading what others wrote. What any process has published, retired or pinned is in the next
// Snapshot, here and in other processes. Versions that vanished or were damaged by other
// means are noticed when they are used (opened, verified, taken over) or when the whole
// store is checked, which is rare. From then on they are no longer in a Snapshot, but in its
// Faults.
//
// Idempotence. Retire, Pin, Remove and Prune may be repeated after any error, and while another
// process does the same: what is retired, pinned or gone stays so, with the time that was
// recorded first.
//
// Errors. fs.ErrNotExist says that something does not exist (any more), *LockedError that
// another process has the lock. All other errors are those of the machine or its storage, and
// change nothing: a failed call may be repeated.
//
// Contexts. A method returns when its context ends, with an error that wraps the context's; a
// change that is in progress at that moment may still happen. The contexts of OpenFile and
// Draft bound the call only; the file or draft outlives them.
//
// Cost. A method costs as much as what it works on, regardless of how much the store holds.
// Versions is cheap enough for every request of a server if nothing has changed. The only
// exceptions are UpdateStreams, which writes the index of everything, and the first call
// after a store was opened.
//
// The package is pure: it knows no paths, system files or networks. It never decides which
// version is offered; package image does.
package store
