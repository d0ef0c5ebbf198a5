// Package trust finds what is attached to an image, and says whether a rule about its
// signatures is satisfied.
//
// It looks at no more than some manifests and some hundred kilobytes of each image, and never
// writes or decides anything else: package convert asks it before a layer is fetched, and
// package config knows which rule is for which image.
package trust
