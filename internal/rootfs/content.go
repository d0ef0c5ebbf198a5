package rootfs

import (
	"bytes"
	"io"
)

// Size is the number of bytes.
func (b Bytes) Size() int64 { return int64(len(b)) }

// Open reads from the first byte.
func (b Bytes) Open() io.Reader { return bytes.NewReader(b) }
