// Package bomb makes images that are to cost a server more than their bytes, and a
// registry that gives them out. Tests in package hostile ask for them one by one, test/soak
// for all of them again and again.
//
// Nothing here ever fails at run time but by a mistake in the package itself, which panics.
package bomb
