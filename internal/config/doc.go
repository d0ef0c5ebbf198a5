// Package config holds the settings of both programs that more than one command
// has, as flags, and makes what they describe. It does no work itself.
package config
