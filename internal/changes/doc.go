// Package changes tells when files in a folder have changed, and who changed them has
// finished. It does not say which, and never reads them.
package changes
