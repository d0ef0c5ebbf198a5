// Package runs keeps a record of what became of the work on images, for those who ask later:
// the last run on all specs, images that fail, since when and why, and what an imgserver that
// converts has said of itself. The record outlives the process, a crash and a kill.
//
// It is one small document, which several processes change in turns (Keeper). Its size has a
// bound, whatever strangers ask for. It is an account and no state: nobody decides by it what
// is built or offered, a run goes on if it cannot be written, and one that cannot be read is
// set aside and begun anew.
//
// The package never knows where the record is, and never prints.
package runs
