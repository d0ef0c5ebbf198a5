// Package storetest is the test suite that every implementation of store.Store has to pass. It
// also makes versions for the tests of packages that read stores. It is for tests only.
package storetest
