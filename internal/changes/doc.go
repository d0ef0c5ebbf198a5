// Package changes tells when files in a folder have changed, and who changed them has
// finished: it does not say which. Of one file it tells whether its content may be another one
// than before. It never reads them.
package changes
