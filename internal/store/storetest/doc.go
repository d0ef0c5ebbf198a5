// Package storetest says what a store has to do, as tests that every kind of
// store passes, and makes versions for the tests of packages that read stores.
// It is for tests only.
package storetest
