package hub

import (
	"cmp"
	"slices"
	"time"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// tally counts what images on demand take on the disk: all their files that are there, of
// retired versions, too, and each once, whoever shares it. It is made of the first
// snapshot, and kept up by what changes.
type tally struct {
	at       *store.Snapshot
	products map[image.Product]*holding
	files    map[string]int // versions that have it, by part.sum
	bytes    int64
	images   int
}

// holding is what a product has of it.
type holding struct {
	request  request
	pinned   bool
	versions []held // the oldest first
}

type held struct {
	id        image.ID
	published time.Time
	retired   time.Time // zero: it is not
	files     []part
}

// part is a file.
type part struct {
	sum  string // or, of the note of what is in a version, the folder that it is in
	size int64
}

func (t *tally) follow(now *store.Snapshot) {
	if t.at == nil {
		*t = tally{at: store.NewSnapshot(nil, nil), products: map[image.Product]*holding{}, files: map[string]int{}}
	}
	for _, p := range now.Changed(t.at) {
		if old := t.products[p]; old != nil {
			for _, v := range old.versions {
				t.count(v, -1)
			}
			delete(t.products, p)
		}
		if fresh := holdingOf(now.Product(p)); fresh != nil {
			for _, v := range fresh.versions {
				t.count(v, 1)
			}
			t.products[p] = fresh
		}
	}
	t.at = now
}

// holdingOf is nil if none of the versions is the hub's.
func holdingOf(versions []image.Version) (h *holding) {
	for _, v := range versions {
		if !v.Hub {
			continue
		}
		if h == nil {
			h = &holding{}
		}
		h.request, h.pinned = requestFor(v), v.Pinned != nil
		one := held{id: v.ID(), published: v.Published()}
		if v.Retired != nil {
			one.retired = *v.Retired
		}
		for _, f := range v.Files {
			one.files = append(one.files, part{f.SHA256, f.Size})
		}
		if v.Note > 0 {
			one.files = append(one.files, part{v.Dir(), v.Note})
		}
		h.versions = append(h.versions, one)
	}
	return h
}

// count adds a version, or takes it off.
func (t *tally) count(v held, n int) {
	t.images += n
	for _, f := range v.files {
		before := t.files[f.sum]
		t.files[f.sum] = before + n
		switch {
		case before == 0:
			t.bytes += f.size
		case before+n == 0:
			t.bytes -= f.size
			delete(t.files, f.sum)
		}
	}
}

// newest is the serial of a product's newest version, "" if it has none.
func (t *tally) newest(p image.Product) string {
	if h := t.products[p]; h != nil && len(h.versions) > 0 {
		return h.versions[len(h.versions)-1].id.Serial
	}
	return ""
}

// candidate is a version that may be removed.
type candidate struct {
	held
	request request
	offered bool      // it is not retired
	since   time.Time // nobody has asked for it since; nobody was offered it since
}

// candidates lists the versions that may be removed, in order: retired ones first, then
// those that have not been requested for the longest time.
func (t *tally) candidates(asked func(request) (time.Time, bool), busy func(image.ID) bool) (all []candidate) {
	for _, h := range t.products {
		if h.pinned {
			continue
		}
		at, known := asked(h.request)
		for _, v := range h.versions {
			if busy(v.id) {
				continue
			}
			c := candidate{held: v, request: h.request, offered: v.retired.IsZero(), since: v.retired}
			if c.offered {
				c.since = v.published
				if known {
					c.since = at
				}
			}
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b candidate) int {
		if a.offered != b.offered {
			if a.offered {
				return 1
			}
			return -1
		}
		return cmp.Or(a.since.Compare(b.since), a.id.Compare(b.id))
	})
	return all
}

// leave chooses from the first candidates on, until enough says so.
func (t *tally) leave(all []candidate, enough func() bool) (gone []candidate) {
	for _, c := range all {
		if enough() {
			break
		}
		t.take(c)
		gone = append(gone, c)
	}
	return gone
}

// take takes a version out, as if it were removed.
func (t *tally) take(c candidate) {
	h := t.products[c.id.Product]
	h.versions = slices.DeleteFunc(h.versions, func(v held) bool { return v.id == c.id })
	t.count(c.held, -1)
}

// putAll takes back what leave did, so that nothing is gone.
func (t *tally) putAll(gone []candidate) (none []candidate) {
	for _, c := range gone {
		h := t.products[c.id.Product]
		h.versions = append(h.versions, c.held)
		slices.SortFunc(h.versions, func(a, b held) int { return a.id.Compare(b.id) })
		t.count(c.held, 1)
	}
	return nil
}
