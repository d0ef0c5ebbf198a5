package negotiate

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Content is http.ServeContent for a Range as RFC 9110, section 14, has it: other units
// than bytes and other methods than GET are answered whole, a last position may lie
// anywhere beyond the end, a suffix of no bytes cannot be satisfied, and every 416 tells
// the size.
func Content(w http.ResponseWriter, r *http.Request, modified time.Time, body io.ReadSeeker, size int64) {
	asked := r.Header.Get("Range")
	if asked != "" {
		r = r.Clone(r.Context())
		if known := plainRange(asked, size); known == "" || r.Method != http.MethodGet {
			r.Header.Del("Range")
		} else {
			r.Header.Set("Range", known)
		}
	}
	http.ServeContent(w, r, "", modified, body)
}

// plainRange says the same as a Range header in words that http.ServeContent gets right:
// "" if it is to be ignored, one beyond the end if no byte of it can be sent, or nobody
// can tell which.
func plainRange(asked string, size int64) string {
	unit, set, found := strings.Cut(asked, "=")
	if !found || !strings.EqualFold(unit, "bytes") {
		return ""
	}
	none := fmt.Sprintf("bytes=%d-", size)
	var all []string
	for one := range strings.SplitSeq(set, ",") {
		one = strings.Trim(one, " \t")
		if one == "" {
			continue // a list may have empty elements (section 5.6.1)
		}
		known, ok := plainSpec(one, size)
		if !ok {
			return none
		}
		if known != "" {
			all = append(all, known)
		}
	}
	if len(all) == 0 {
		return none
	}
	return "bytes=" + strings.Join(all, ",")
}

// plainSpec is plainRange for one of several: "" if it cannot be satisfied, and false if
// it is none.
func plainSpec(one string, size int64) (string, bool) {
	first, last, found := strings.Cut(one, "-")
	from, ok := position(first, size)
	to, also := position(last, size)
	switch {
	case !found || !ok || !also || first == "" && last == "":
		return "", false
	case first == "":
		if to == 0 {
			return "", true
		}
		return fmt.Sprintf("-%d", to), true
	case last == "":
		return fmt.Sprintf("%d-", from), true
	case longer(first, last) || from > to:
		return "", false
	}
	return fmt.Sprintf("%d-%d", from, to), true
}

// position reads a number of any length; what is beyond the size is the size.
func position(digits string, size int64) (int64, bool) {
	if strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	digits = strings.TrimLeft(digits, "0")
	if len(digits) > 18 {
		return size, true
	}
	n, _ := strconv.ParseInt("0"+digits, 10, 64)
	return min(n, size), true
}

// longer compares two numbers of any length.
func longer(a, b string) bool {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return len(a) > len(b) || len(a) == len(b) && a > b
}
