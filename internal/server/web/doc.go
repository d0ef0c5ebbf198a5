// Package web renders what people see who open the server in a browser: the catalog, one page
// for each image, and a feed of new versions.
//
// The pages work without scripts, and need nothing from other servers. Styles, the script and
// the icon are files of their own, with names that change with their contents, so that a strict
// Content-Security-Policy allows them and browsers keep them for ever. Names, references and
// descriptions were written by strangers: characters that cannot be printed are replaced, the
// templates escape the rest, and only https addresses become links.
//
// What a page of the catalog costs depends on what it shows; a search looks at one short text
// of each image. The package serves nothing itself, and reads no disk.
package web
