package members

import (
	"archive/tar"
	"bytes"
	"strings"
	"time"
)

// mostRecords is how many bytes of records are read here. Few files have more than a kilobyte.
const mostRecords = 64 << 10

// pax is an extended header as it stands in the archive, with the header after it.
type pax struct {
	all  []byte // the header, records with their padding, and the header of the member
	read int    // how many bytes of all were read
}

// begin begins with a header that says how many bytes of records follow.
func (p *pax) begin(header []byte, size int) {
	records := (size + blockSize - 1) &^ (blockSize - 1)
	n := blockSize + records + blockSize
	if cap(p.all) < n {
		p.all = make([]byte, n)
	}
	p.all = p.all[:n]
	p.read = copy(p.all, header)
}

// rest is what is yet to be read.
func (p *pax) rest() []byte { return p.all[p.read:] }

// upTo is what was read, if it was n bytes of the rest.
func (p *pax) upTo(n int) []byte { return p.all[:p.read+n] }

// last is the header of the member.
func (p *pax) last() []byte { return p.all[len(p.all)-blockSize:] }

// merge lays the records, of size bytes, over the header of a member. It returns false if that is
// for archive/tar.
func (p *pax) merge(h *tar.Header, size int) bool {
	for records := p.all[blockSize : blockSize+size]; len(records) > 0; {
		key, value, n := record(records)
		if n == 0 || !lay(h, key, value) {
			return false
		}
		records = records[n:]
	}
	return true
}

// record takes the first record of several, "LENGTH KEY=VALUE\n", and says how long it is; 0 if
// it is not as it should be.
func record(b []byte) (key, value []byte, n int) {
	i := 0
	for ; i < len(b) && i < 6 && '0' <= b[i] && b[i] <= '9'; i++ {
		n = 10*n + int(b[i]-'0')
	}
	if i == 0 || i == len(b) || b[i] != ' ' || n > len(b) || n < i+len(" k=\n") || b[n-1] != '\n' {
		return nil, nil, 0
	}
	key, value, found := bytes.Cut(b[i+1:n-1], []byte{'='})
	if !found || len(key) == 0 || bytes.IndexByte(key, 0) >= 0 {
		return nil, nil, 0
	}
	return key, value, n
}

// lay lays one record over a header. It returns false if it is not one of those that nearly all
// layers have.
func lay(h *tar.Header, key, value []byte) bool {
	var to *string
	var number *int
	switch string(key) {
	case "path":
		to = &h.Name
	case "linkpath":
		to = &h.Linkname
	case "uname", "gname":
		return bytes.IndexByte(value, 0) < 0
	case "uid":
		number = &h.Uid
	case "gid":
		number = &h.Gid
	case "size":
		n, ok := decimal(value)
		h.Size = n
		return ok
	case "mtime":
		n, ok := seconds(value)
		h.ModTime = time.Unix(n, 0)
		return ok
	case "atime", "ctime":
		_, ok := seconds(value)
		return ok
	default:
		return other(h, key, value)
	}
	if to != nil {
		*to = string(value)
		return len(value) > 0 && bytes.IndexByte(value, 0) < 0
	}
	n, ok := decimal(value)
	*number = int(n)
	return ok
}

// other keeps a record that is about none of the fields of a header, if it is of interest.
func other(h *tar.Header, key, value []byte) bool {
	switch k := string(key); {
	case strings.HasPrefix(k, "GNU.sparse."):
		return false
	case strings.HasPrefix(k, "SCHILY.xattr."), strings.HasPrefix(k, "LIBARCHIVE.xattr."):
		if h.PAXRecords == nil {
			h.PAXRecords = map[string]string{}
		}
		h.PAXRecords[k] = string(value)
	}
	return true
}

// seconds reads a time, and rounds it down.
func seconds(b []byte) (n int64, ok bool) {
	whole, fraction, _ := bytes.Cut(b, []byte{'.'})
	for _, c := range fraction {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	return decimal(whole)
}

// decimal reads a number without a sign.
func decimal(b []byte) (n int64, ok bool) {
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int64(c-'0')
	}
	return n, true
}
