// Package catalog decides what a store offers: of each product, that is of each
// image name and architecture, the versions that are not retired; under the
// product's name and the aliases of the newest one, which is what clients get.
// Everything that clients see derives from a Catalog. A version that is retired
// can still be found, by its fingerprint alone.
//
// It is a pure function of a list of versions: it reads no disk and no clock,
// and the order of the list does not matter.
package catalog
