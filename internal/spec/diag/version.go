package diag

import "regexp"

// directives are the lines before a document: blank, comments, and those that begin with
// %; version is one of them, for any YAML 1.x.
var (
	directives = regexp.MustCompile(`^(?:[ \t]*(?:#.*)?(?:\r\n|\r|\n)|%.*(?:\r\n|\r|\n))*`)
	version    = regexp.MustCompile(`(?m)^(%YAML[ \t]+1\.)[0-9]\b`)
)

// asVersion1 turns a document of any YAML 1.x into one of 1.1, the only version that the
// library knows by its number. Nothing moves. Where the versions differ, the library reads
// 1.2, or accepts both.
func asVersion1(text []byte) []byte {
	end := directives.FindIndex(text)[1]
	head := version.ReplaceAll(text[:end:end], []byte("${1}1"))
	return append(head, text[end:]...)
}
