package dir

import (
	"errors"
	"slices"
	"strings"
	"time"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// state is what the store holds, as far as this process knows. It is the ledger up
// to a position, and what was seen in the folders since.
type state struct {
	snapshot *store.Snapshot
	faults   map[image.ID]string
	pins     map[image.Product]time.Time
	retired  map[image.ID]time.Time

	signs   signs
	looked  time.Time // when somebody has looked through all folders
	indexed *indexed  // the static index, if it says what the state does
	at      position
	open    []image.Product // what somebody has begun and not said to be done
	begun   bool            // the last record is a Begin
	records int             // in the ledger
}

func newState() *state {
	return &state{
		snapshot: store.NewSnapshot(nil, nil),
		faults:   map[image.ID]string{}, pins: map[image.Product]time.Time{}, retired: map[image.ID]time.Time{},
	}
}

// apply brings the state up to date with records, in their order. It returns the
// faults that are new.
func (s *state) apply(records ...record) (news []fault) {
	c := newChanges(s, len(records))
	for i := range records {
		c.apply(&records[i])
	}
	s.records += len(records)
	c.finish()
	return c.news
}

// changes collects what records change, so that a new snapshot is made once.
type changes struct {
	*state
	packed   map[image.Product]image.Packed    // as whole ledgers have them
	products map[image.Product][]image.Version // that later records change
	faulty   bool                              // the faults have changed
	news     []fault
}

// newChanges expects so many records.
func newChanges(s *state, records int) *changes {
	return &changes{state: s, packed: make(map[image.Product]image.Packed, records), products: map[image.Product][]image.Version{}}
}

// of are the versions of a product, to be changed in place.
func (c *changes) of(p image.Product) []image.Version {
	versions, ok := c.products[p]
	if !ok {
		packed, known := c.packed[p]
		if !known {
			packed = c.snapshot.PackedProduct(p)
		}
		versions = packed.Versions()
		c.products[p] = versions
	}
	return versions
}

func (c *changes) apply(r *record) {
	switch {
	case r.Begin:
		c.open, c.begun = append(c.open, r.Of...), true
	case r.Done:
		c.open, c.begun = nil, false
	}
	if r.packed != "" {
		c.packed[r.of] = r.packed
		delete(c.products, r.of)
	}
	for _, id := range r.Gone {
		c.remove(id)
		c.mend(id)
	}
	for _, f := range r.Faults {
		c.remove(f.ID)
		if c.faults[f.ID] != f.Error {
			c.faults[f.ID], c.faulty = f.Error, true
			c.news = append(c.news, f)
		}
	}
	for _, v := range r.Put {
		c.put(v)
	}
	for dir, at := range r.Retired {
		if id, ok := image.ParseDir(dir); ok {
			c.retire(id, at)
		}
	}
	for dir, at := range r.Waiting {
		if id, ok := image.ParseDir(dir); ok {
			c.retired[id] = at
		}
	}
	for _, p := range r.Pins {
		c.pin(p)
	}
	if r.Signs != nil {
		c.signs = *r.Signs
	}
	if len(r.Put)+len(r.Retired)+len(r.Gone)+len(r.Faults) > 0 {
		c.indexed = nil
	}
	if r.Indexed != nil {
		c.indexed = r.Indexed
	}
	if r.Looked != nil {
		c.looked = *r.Looked
	}
}

func (c *changes) remove(id image.ID) {
	c.products[id.Product] = slices.DeleteFunc(c.of(id.Product), func(v image.Version) bool { return v.Serial == id.Serial })
	delete(c.retired, id)
}

func (c *changes) mend(id image.ID) {
	if _, ok := c.faults[id]; ok {
		delete(c.faults, id)
		c.faulty = true
	}
}

func (c *changes) put(v image.Version) {
	id := v.ID()
	c.remove(id)
	c.mend(id)
	if at, ok := c.pins[id.Product]; ok {
		v.Pinned = &at
	}
	c.products[id.Product] = append(c.products[id.Product], v)
	if v.Retired != nil {
		c.retired[id] = *v.Retired
	}
}

func (c *changes) retire(id image.ID, at time.Time) {
	for i, v := range c.of(id.Product) {
		if v.Serial == id.Serial {
			c.products[id.Product][i].Retired = &at
			c.retired[id] = at
		}
	}
}

func (c *changes) pin(p pinned) {
	if p.At == nil {
		delete(c.pins, p.Product)
	} else {
		c.pins[p.Product] = *p.At
	}
	for i := range c.of(p.Product) {
		c.products[p.Product][i].Pinned = p.At
	}
}

// finish makes the next snapshot, if there is anything new in it.
func (c *changes) finish() {
	for p, versions := range c.products {
		c.packed[p] = image.Pack(versions)
	}
	first := c.snapshot.Empty()
	for p, packed := range c.packed {
		if packed == c.snapshot.PackedProduct(p) {
			delete(c.packed, p)
		} else if !first {
			c.packed[p] = image.Packed(strings.Clone(string(packed))) // not to keep the ledger that it is part of
		}
	}
	if len(c.packed) > 0 || c.faulty {
		var faults []store.Fault
		for id, text := range c.faults {
			faults = append(faults, store.Fault{Folder: id.Dir(), Error: text})
		}
		c.snapshot = c.snapshot.With(c.packed, faults)
	}
}

// same says whether nothing has happened to a version.
func same(a, b image.Version) bool {
	return image.Pack([]image.Version{a}) == image.Pack([]image.Version{b})
}

// marshal makes a whole ledger of the state.
func (s *state) marshal() (data []byte, lines int, err error) {
	add := func(r record) {
		line, e := r.marshal()
		data, err = append(data, line...), errors.Join(err, e)
		lines++
	}
	add(record{Format: ledgerFormat})
	for _, packed := range s.snapshot.All() {
		add(record{packed: packed})
	}
	last := record{Done: true, Signs: &s.signs, Looked: &s.looked, Indexed: s.indexed, Waiting: map[string]time.Time{}}
	for id, at := range s.retired {
		last.Waiting[id.Dir()] = at
	}
	for p, at := range s.pins {
		last.Pins = append(last.Pins, pinned{p, &at})
	}
	for id, text := range s.faults {
		last.Faults = append(last.Faults, fault{id, text})
	}
	add(last)
	return data, lines, err
}
