// Package archtest holds no code: its tests keep the rules of who may import
// whom. edges.txt lists every import between our packages; groups_test.go says
// which of them are permitted at all, homes_test.go which third-party module
// belongs where, pure_test.go which packages reach neither network nor programs.
package archtest
