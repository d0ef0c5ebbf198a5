// Package admin is what people, and programs in their place, do with the images of a
// store by hand: find one by what they call it, choose one of its versions, roll
// back to that, remove what is superseded, and verify what is there.
//
// It works on any store, and keeps the static index right. It prints nothing, and
// takes no lock: who calls it decides whether runs are kept out meanwhile
// (store.Lock).
package admin
