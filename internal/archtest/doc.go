// Package archtest contains no code, only tests of the import rules. edges.txt lists every
// import between our packages; groups_test.go says which groups may import which,
// homes_test.go which package may use a third-party module, and pure_test.go which packages
// must not reach the network or start programs.
package archtest
