package block

import (
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// Level is a compression level, as in --compression. Packs are kept by level, and images
// depend on it.
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

// maxBest is how many blocks are compressed at once at Best, where an encoder takes 35 MiB.
const maxBest = 2

// encoder returns an encoder for one block at a time.
func (l Level) encoder() *zstd.Encoder {
	level := zstd.SpeedDefault
	switch l {
	case Fast:
		level = zstd.SpeedFastest
	case Best:
		level = zstd.SpeedBestCompression
	}
	e, err := zstd.NewWriter(nil,
		zstd.WithEncoderLevel(level),
		zstd.WithEncoderConcurrency(1),
		zstd.WithWindowSize(Size), // the kernel reads no larger one
		zstd.WithEncoderCRC(false),
		zstd.WithLowerEncoderMem(true),
	)
	if err != nil {
		panic("block: the encoder's options are wrong: " + err.Error())
	}
	return e
}
