// Package commandtest helps to test the command lines of both programs: with a command for
// testscript files, and by parsing every command line that the documentation contains. It is
// for tests only.
package commandtest
