// Package config defines the settings that several commands of both programs share, as
// flags, and constructs what they describe, such as the converter. It does no work itself.
package config
