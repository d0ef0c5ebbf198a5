package block

import (
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// Level says how hard to compress, as --compression names it. It is part of
// what blocks are kept under, and of what an image is a function of.
type Level string

// The levels.
const (
	Fast    Level = "fast"
	Default Level = "default"
	Best    Level = "best"
)

// ParseLevel reads a --compression word.
func ParseLevel(s string) (Level, error) {
	switch l := Level(s); l {
	case Fast, Default, Best:
		return l, nil
	}
	return "", fmt.Errorf("unknown compression %q: it is fast, default or best", s)
}

// options are what the encoder is told. Its memory counts: "best" takes 35 MiB
// for each block that is being compressed.
func (l Level) options(cores int) []zstd.EOption {
	level := zstd.SpeedDefault
	switch l {
	case Fast:
		level = zstd.SpeedFastest
	case Best:
		level, cores = zstd.SpeedBestCompression, min(cores, 3)
	}
	return []zstd.EOption{
		zstd.WithEncoderLevel(level),
		zstd.WithEncoderConcurrency(cores),
		zstd.WithWindowSize(Size), // the kernel reads no larger one
		zstd.WithEncoderCRC(false),
		zstd.WithLowerEncoderMem(true),
	}
}
