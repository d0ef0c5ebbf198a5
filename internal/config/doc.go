// Package config defines the flags of imgserver, among which are those that both programs
// have, gives the commands of a program their settings, and constructs what these describe,
// such as the converter. It does no work itself.
package config
