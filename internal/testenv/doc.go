// Package testenv says what a test needs of a machine beyond Go, such as a program or root. If
// it is missing, the test is skipped with a reason; in CI, which installs everything, it fails
// instead, so that no gap goes unnoticed. No program imports it.
package testenv
