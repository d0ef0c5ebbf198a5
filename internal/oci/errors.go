package oci

import (
	"lxdocker/internal/failure"
	"lxdocker/internal/terminal"
)

func corruptf(format string, args ...any) error {
	return failure.Publicf(failure.Corrupt, format, args...)
}

func tooLargef(format string, args ...any) error {
	return failure.Publicf(failure.TooLarge, format, args...)
}

func notFoundf(format string, args ...any) error {
	return failure.Publicf(failure.NotFound, format, args...)
}

// unsupportedf is an error about what is well made but not a container image (T13).
func unsupportedf(format string, args ...any) error {
	return failure.Publicf(failure.Unsupported, "not a container image: "+format, args...)
}

// clean makes text of an image fit for an error.
func clean(s string) string { return terminal.Clean(s, 300) }
