package main

import (
	"lxdocker/internal/command"
	"lxdocker/internal/oci"
)

// named returns the name by which the store knows the image that somebody means: the
// addresses of web pages are for people.
func named(name string) (string, error) {
	plain, err := oci.Plain(name)
	if err == nil && plain == name {
		return name, nil
	}
	ref, err := oci.Parse(name)
	if err != nil {
		return "", command.UsageError{Err: err}
	}
	return ref.String(), nil
}
