package admin

import "lxdocker/internal/store"

// Inheritor is a store in which an older lxdocker may have left files that nothing reads
// any more.
type Inheritor interface {
	Leftovers() (files int, bytes int64, err error)
	RemoveLeftovers() error
}

// Leftovers are such files.
type Leftovers struct {
	Files int
	Bytes int64
	of    Inheritor
}

// FindLeftovers looks for them. There are none before there is something that clients get
// instead.
func FindLeftovers(s store.Store, now *store.Snapshot) Leftovers {
	of, ok := s.(Inheritor)
	if !ok || len(now.Products()) == 0 {
		return Leftovers{}
	}
	files, bytes, err := of.Leftovers()
	if err != nil {
		return Leftovers{} // who cannot read the store has been told so
	}
	return Leftovers{files, bytes, of}
}

// Remove removes them.
func (l Leftovers) Remove() error {
	if l.Files == 0 {
		return nil
	}
	return l.of.RemoveLeftovers()
}
