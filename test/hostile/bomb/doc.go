// Package bomb makes images that are meant to cost a server far more than their bytes, and a
// registry that serves them. The tests of package hostile request them one by one, test/soak
// all of them again and again.
//
// Functions here fail only because of a bug in the package itself, and then panic.
package bomb
