// Package store says what a store of published images is, as an interface with
// its contract, and has what every store does in the same way: snapshots,
// verifying, rolling back, waiting for the lock. Package storetest holds every
// implementation to the contract; package dir keeps a store in a folder.
//
// What all implementations promise:
//
// All or nothing. A version is visible from the moment Publish or Republish has
// done its work, complete, and never before. It never changes after that: all
// that can happen to it is to be retired, and later to be removed. After a crash
// at any moment, of this process or the machine, each change has either happened
// or not; what a dead process had begun is removed by somebody's next Prune.
//
// Durable. What a method has reported as done without an error survives the
// loss of power.
//
// Concurrency. All methods may be called by several goroutines, and the store be
// used by several processes, old ones among them: nobody needs the lock of TryLock
// to change anything. Changes take turns where they have to; those turns are
// short, as the data of images is written before, into a draft.
//
// Reading what others wrote. What any process has published, retired or pinned is
// in the next Snapshot that is asked for, here and in other processes. Versions
// that vanished or were damaged by other means are noticed when they are touched
// (opened, verified, republished), or when the store is looked through, which is
// rarely; then they are in no Snapshot any more but in its Faults.
//
// Idempotence. Retire, Pin, Unpin and Prune may be called again after any error,
// and when another process does the same: what is retired, pinned or gone stays so,
// with the time that was said first.
//
// Errors. fs.ErrNotExist says that what was asked for is not there (any more),
// *LockedError that another process has the lock. All others are of the machine, or
// of what the store lies on, and change nothing: a failed call may be repeated.
//
// Contexts. A method gives up when its context ends, with an error that wraps the
// context's; a change that is under way then may still happen. The context of
// OpenFile and Draft is for the call; the file or draft outlives it.
//
// Cost. What a method costs depends on what it is about, never on how much the
// store holds. A Versions that finds nothing new is cheap enough for every request
// of a server. Only UpdateStreams, which writes the index of everything, is not
// like that, nor is the first call after the store was opened.
//
// The package is pure: it knows no paths, files of the system or networks. It
// never decides which version is offered (catalog does).
package store
