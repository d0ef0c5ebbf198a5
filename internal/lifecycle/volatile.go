package lifecycle

import (
	"fmt"
	"strconv"
)

// Volatile says where a directory with temporary content is, /tmp or /run. The zero value
// is in memory, with a size that depends on the instance's memory; then at each start it
// contains only what the image has there.
type Volatile struct {
	OnDisk bool  // as in Docker: what is written stays until the instance is deleted
	Size   int64 // in bytes, of memory; 0 is the usual one
}

// OnDisk and InMemory are the words for it in specs and settings.
const (
	OnDisk   = "disk"
	InMemory = "memory"
)

// LeastVolatile is the smallest size: the guest writes files of its own to /run.
const LeastVolatile = 1 << 20

// String returns "disk", "memory", or the number of bytes.
func (v Volatile) String() string {
	switch {
	case v.OnDisk:
		return OnDisk
	case v.Size > 0:
		return strconv.FormatInt(v.Size, 10)
	}
	return InMemory
}

// MarshalText writes what String returns.
func (v Volatile) MarshalText() ([]byte, error) {
	if v.Size < 0 {
		return nil, fmt.Errorf("a size of %d bytes", v.Size)
	}
	return []byte(v.String()), nil
}

// UnmarshalText reads what MarshalText writes.
func (v *Volatile) UnmarshalText(text []byte) (err error) {
	switch s := string(text); s {
	case OnDisk:
		*v = Volatile{OnDisk: true}
	case InMemory:
		*v = Volatile{}
	default:
		var n int64
		if n, err = strconv.ParseInt(s, 10, 64); err == nil {
			*v = Volatile{Size: n}
		}
	}
	return err
}
