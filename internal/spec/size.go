package spec

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"lxdocker/internal/lifecycle"
	"lxdocker/internal/spec/diag"
)

const sizeUnit = ` ?([bB]|[kKmMgG]([iI]?[bB])?)?`

var sizeForm = regexp.MustCompile(`^(0|[1-9][0-9]*)` + sizeUnit + `$`)

// Limits for the size of /dev/shm. Anything below a page is a forgotten unit, and to
// the kernel 0 means no limit.
const (
	leastSize = 4 << 10
	mostSize  = 1 << 50
)

// size reads a number of bytes, or one with compose's units, which are powers of
// 1024. Without the key, it is usual.
func (r *reader) size(e diag.Entry, least uint64, usual string) int64 {
	const hint = "write a whole number with b, k, m or g after it, like 64m or 1g"
	s, ok := r.Word(e, "a size", hint)
	if !ok {
		return 0
	}
	if !sizeForm.MatchString(s) {
		r.WrongValue(e, e.Key+" cannot be "+diag.Quote(s), hint)
		return 0
	}
	end := strings.LastIndexAny(s, "0123456789") + 1
	n, err := strconv.ParseUint(s[:end], 10, 64)
	unit := unitSize(s[end:])
	switch {
	case err != nil || n > mostSize/unit:
		r.WrongValue(e, e.Key+" "+diag.Quote(s)+" is too big", "the maximum is 1048576g")
	case n*unit < least:
		minimum := fmt.Sprintf("%dk", least>>10)
		if least%(1<<20) == 0 {
			minimum = fmt.Sprintf("%dm", least>>20)
		}
		hint := "the minimum is " + minimum + "; leave it out for " + usual
		if unit == 1 && n > 0 {
			hint = "did you mean " + s[:end] + "m? " + hint
		}
		r.WrongValue(e, e.Key+" "+diag.Quote(s)+" is too small", hint)
	default:
		return int64(n * unit)
	}
	return 0
}

// logSize reads how large the log may become; 0 means none.
func (r *reader) logSize(e diag.Entry) *int64 {
	if e.Value.IsScalar() {
		switch strings.ToLower(e.Value.Written()) {
		case "0":
			return new(int64)
		case "off", "no", "none", "false":
			r.WrongValue(e, "log_size cannot be "+diag.Quote(e.Value.Written()), "write 0 for no log")
			return nil
		}
	}
	n := r.size(e, leastSize, fmt.Sprintf("%dm, or write 0 for no log", lifecycle.DefaultLogSize>>20))
	if n == 0 {
		return nil
	}
	return &n
}

func unitSize(unit string) uint64 {
	unit = strings.ToLower(strings.TrimSpace(unit))
	switch {
	case strings.HasPrefix(unit, "k"):
		return 1 << 10
	case strings.HasPrefix(unit, "m"):
		return 1 << 20
	case strings.HasPrefix(unit, "g"):
		return 1 << 30
	}
	return 1
}
