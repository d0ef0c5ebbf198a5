// Package catalog decides what a store offers. A product is an image name for one
// architecture. The catalog has the versions of each product that are not retired, under the
// product's name and under the aliases of its current version, which is the one that clients
// get. Everything clients see derives from a Catalog. A retired version can still be found,
// but only by its fingerprint.
//
// A Catalog is immutable. The next one is derived from it and from the products that have
// changed. The costs of that, and of a lookup, do not depend on the number of images.
// Unchanged products are the same in both, pointer for pointer.
//
// The package is a pure function of the versions it is given: it reads no disk and no clock,
// and the order of the versions does not matter.
package catalog
