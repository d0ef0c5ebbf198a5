// Package catalog decides what a store offers: of each product, that is of each
// image name and architecture, the versions that are not retired; under the
// product's name and the aliases of the current one, which is what clients get.
// Everything that clients see derives from a Catalog. A version that is retired
// can still be found, by its fingerprint alone.
//
// A Catalog never changes. The next one is made from it and the products that
// something happened to; that, and looking something up, costs the same however
// many images there are. Products to which nothing happened are the same in both,
// pointer for pointer.
//
// The package is a pure function of the versions it is given: it reads no disk
// and no clock, and the order of versions does not matter.
package catalog
