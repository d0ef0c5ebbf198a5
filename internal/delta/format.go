package delta

// What RFC 3284 calls the bits of its indicators, sections 4.1 to 4.3.
const (
	vcdSource = 1 << 0
	// vcdAdler32 is xdelta3's: after the lengths of the sections stands the
	// Adler-32 of the target window, big endian. A client whose old file is not
	// ours notices it there; Incus before 6.23 looks at nothing else.
	vcdAdler32 = 1 << 2
)

// The instructions of the default code table that we use, section 5.6: those whose
// size follows. Shorter ones exist for a few bytes only.
const (
	opRun  = 0
	opAdd  = 1
	opCopy = 19 // with the address as it is, VCD_SELF
)

const (
	// windowSize is how much of the target a window makes, and so what encoder and decoder
	// hold in memory. xdelta3 3.0.11 takes 16 MiB (XD3_HARDMAXWINSIZE); a window
	// more costs some 25 bytes, and a small one stays in the cache of the processor.
	windowSize = 1 << 20
	// mostSource is how much of the source a window may span. xdelta3 computes addresses
	// and sizes of a window in 32 bits, only where it begins in the source in 64.
	mostSource = 1 << 30
)

// magic begins a delta, section 4.1: "VCD" with the high bits set, version 0, and
// no bits of Hdr_Indicator: no secondary compressor, no code table.
func magic() []byte { return []byte{0xd6, 0xc3, 0xc4, 0, 0} }

// lengths are those that a window says of itself.
type lengths struct{ target, data, inst, addr int }

// encoding is the first of them, that of all what follows it.
func (l lengths) encoding() int64 {
	n := 1 + 4 // Delta_Indicator and checksum
	for _, field := range []int{l.target, l.data, l.inst, l.addr} {
		n += numberSize(int64(field))
	}
	return int64(n + l.data + l.inst + l.addr)
}
