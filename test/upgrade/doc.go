// Package upgrade has folders that older programs have left behind read, served and updated by
// the programs of today: images, cache, journals, settings and certificate. And it has folders
// of formats that are yet to come refused.
//
// The folders are in testdata, made by the programs of the commits after which they are named
// (make_test.go says how). A folder is not made anew when programs change: that it is old is what
// it is for. One is added when a format changes.
package upgrade
