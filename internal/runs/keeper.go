package runs

import (
	"context"
	"time"
)

// Keeper keeps a record where several processes find it; store/dir does.
type Keeper interface {
	// ReadRecord returns the record; fs.ErrNotExist says that there is none.
	ReadRecord() ([]byte, error)

	// ChangeRecord replaces the record, whole or not at all, while nobody else does. If change
	// says that what it was given is damaged, that is set aside first.
	ChangeRecord(ctx context.Context, change func(old []byte) (fresh []byte, damaged error, err error)) error

	// Mark makes a mark that is there until release is called, or until the process ends,
	// however it does.
	Mark(mark int64) (release func(), err error)

	// Marked says whether a mark is there, without making one.
	Marked(mark int64) (bool, error)
}

// Read returns the record of a keeper, as it counts at a time.
func Read(k Keeper, now time.Time) (*Record, error) {
	data, err := k.ReadRecord()
	if err != nil {
		return nil, err
	}
	r, err := Decode(data)
	if err != nil {
		return nil, err
	}
	r.forget(now)
	return r, nil
}
