package config

import "lxdocker/internal/humanize"

// Size is a flag value in bytes, written like 512M or 16G (powers of 1024).
type Size int64

// Type is what --help calls the value.
func (s *Size) Type() string { return "SIZE" }

// String gives the size in the largest unit that divides it.
func (s *Size) String() string { return humanize.FormatSize(int64(*s)) }

// Set reads 16G, 16g, 16GiB, 17179869184, and 0, which is no limit.
func (s *Size) Set(text string) error {
	if text == "0" {
		*s = 0
		return nil
	}
	n, err := humanize.ParseSize(text)
	if err == nil {
		*s = Size(n)
	}
	return err
}
