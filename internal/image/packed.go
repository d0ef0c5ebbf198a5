package image

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Packed is all versions of one product, the oldest first, in one string: a catalog
// of ten thousand images takes little memory then, nothing in it is work for the
// garbage collector, and who is about one image reads nothing of the others. Runs is left
// out. The zero value has no versions. Packed values are the same when their versions are.
//
// It begins with the product's two words; then come the fields of each version, in
// their order. A string is its length, a colon and its bytes, or, if it has a line
// feed, a quotation mark and what strconv.Quote makes of it: there is never more than
// one line. Lists and maps are how many there are, and a colon, and then all of them.
type Packed string

// Pack packs versions of one product, in any order.
func Pack(versions []Version) Packed {
	if len(versions) == 0 {
		return ""
	}
	sorted := slices.SortedFunc(slices.Values(versions), func(a, b Version) int { return strings.Compare(a.Serial, b.Serial) })
	w := packer(make([]byte, 0, 1024*len(versions)))
	w.string(sorted[0].Name)
	w.string(sorted[0].Architecture)
	for i := range sorted {
		w.version(&sorted[i])
	}
	return Packed(w)
}

// PackAll packs versions of any products.
func PackAll(versions []Version) map[Product]Packed {
	sorted := map[Product][]Version{}
	for _, v := range versions {
		sorted[v.Product()] = append(sorted[v.Product()], v)
	}
	all := make(map[Product]Packed, len(sorted))
	for p, versions := range sorted {
		all[p] = Pack(versions)
	}
	return all
}

// Product is whose versions they are. It is an error if this is not what Pack makes;
// the versions are not looked at.
func (p Packed) Product() (Product, error) {
	r := unpacker{rest: string(p)}
	return Product{r.string(), r.string()}, r.err
}

// Versions gives the versions, the oldest first; none if this is not what Pack makes.
// Their strings are parts of p.
func (p Packed) Versions() (all []Version) {
	r := unpacker{rest: string(p)}
	product := Product{r.string(), r.string()}
	for r.err == nil && r.rest != "" {
		all = append(all, r.version(product))
	}
	if r.err != nil {
		return nil
	}
	return all
}

// packer has what was packed so far.
type packer []byte

func (w *packer) version(v *Version) {
	for _, s := range []string{v.Serial, v.Fingerprint, v.TarballFingerprint, v.Key, v.Source, v.SourceDigest, v.Release, v.Description} {
		w.string(s)
	}
	w.number(int64(len(v.Files)))
	for _, f := range v.Files {
		for _, s := range []string{f.Kind, f.Name, f.Base, f.SHA256} {
			w.string(s)
		}
		w.number(f.Size)
	}
	for _, list := range [][]string{v.Undone, v.Layers, v.Aliases} {
		w.number(int64(len(list)))
		for _, s := range list {
			w.string(s)
		}
	}
	for _, m := range []map[string]string{v.Properties, v.Requirements} {
		w.number(int64(len(m)))
		for _, key := range slices.Sorted(maps.Keys(m)) {
			w.string(key)
			w.string(m[key])
		}
	}
	w.time(&v.Created)
	w.time(v.Retired)
	w.time(v.Pinned)
	if v.Hub {
		w.number(1)
	} else {
		w.number(0)
	}
	w.number(v.Note)
}

func (w *packer) number(n int64) { *w = append(strconv.AppendInt(*w, n, 10), ':') }

func (w *packer) string(s string) {
	end := byte(':')
	if strings.IndexByte(s, '\n') >= 0 {
		s, end = strconv.Quote(s), '"'
	}
	*w = append(append(strconv.AppendInt(*w, int64(len(s)), 10), end), s...)
}

// time writes an instant, in UTC; an empty string is none.
func (w *packer) time(t *time.Time) {
	if t == nil {
		w.string("")
		return
	}
	w.string(t.UTC().Format(time.RFC3339Nano))
}

// unpacker reads what a packer has written. After an error, it reads zero values.
type unpacker struct {
	rest string
	err  error
}

var errNotPacked = errors.New("these are no packed versions")

func (r *unpacker) version(p Product) Version {
	v := Version{Name: p.Name, Architecture: p.Architecture}
	for _, s := range []*string{&v.Serial, &v.Fingerprint, &v.TarballFingerprint, &v.Key, &v.Source, &v.SourceDigest, &v.Release, &v.Description} {
		*s = r.string()
	}
	if n := r.count(); n > 0 {
		v.Files = make([]File, n)
	}
	for i := range v.Files {
		v.Files[i] = File{Kind: r.string(), Name: r.string(), Base: r.string(), SHA256: r.string(), Size: r.number()}
	}
	for _, list := range []*[]string{&v.Undone, &v.Layers, &v.Aliases} {
		if n := r.count(); n > 0 {
			*list = make([]string, n)
		}
		for i := range *list {
			(*list)[i] = r.string()
		}
	}
	for _, m := range []*map[string]string{&v.Properties, &v.Requirements} {
		n := r.count()
		if n > 0 {
			*m = make(map[string]string, n)
		}
		for range n {
			key := r.string()
			(*m)[key] = r.string()
		}
	}
	if created := r.time(); created != nil {
		v.Created = *created
	}
	v.Retired, v.Pinned, v.Hub, v.Note = r.time(), r.time(), r.number() == 1, r.number()
	return v
}

// until reads up to one of two characters, which it returns, and a number.
func (r *unpacker) until(a, b byte) (n int64, end byte) {
	for i := 0; i < len(r.rest) && r.err == nil; i++ {
		if c := r.rest[i]; c == a || c == b {
			n, r.err = strconv.ParseInt(r.rest[:i], 10, 64)
			r.rest = r.rest[i+1:]
			return n, c
		}
	}
	r.err = errNotPacked
	return 0, 0
}

func (r *unpacker) number() int64 {
	n, _ := r.until(':', ':')
	return n
}

// count reads how many follow: no more than there are bytes.
func (r *unpacker) count() int {
	n := r.number()
	if r.err == nil && (n < 0 || n > int64(len(r.rest))) {
		r.err = errNotPacked
	}
	if r.err != nil {
		return 0
	}
	return int(n)
}

func (r *unpacker) string() (s string) {
	n, end := r.until(':', '"')
	if r.err == nil && (n < 0 || n > int64(len(r.rest))) {
		r.err = errNotPacked
	}
	if r.err != nil {
		return ""
	}
	s, r.rest = r.rest[:n], r.rest[n:]
	if end == '"' {
		s, r.err = strconv.Unquote(s)
	}
	return s
}

func (r *unpacker) time() *time.Time {
	s := r.string()
	if r.err != nil || s == "" {
		return nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		r.err = err
	}
	return &t
}
