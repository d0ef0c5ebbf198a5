package dir

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
	"time"

	"lxdocker/internal/image"
)

// ledgerFormat is the version of the ledger's records. A ledger with another version is
// rebuilt from the folders.
const ledgerFormat = 3

// record is a line of the ledger: a checksum, a space and either JSON or, in a rebuilt
// ledger, the packed versions of a product. The first one has the Format. Then pairs
// follow, in JSON: a process that is about to change something names the products (Begin),
// and then the result (Done). Records say what is true now, not what to do: applying one
// twice has the same effect as once.
type record struct {
	Format int `json:"ledger,omitempty"`

	Begin bool            `json:"begin,omitempty"`
	Of    []image.Product `json:"of,omitempty"` // what Begin is about; none for the static index

	Done    bool                 `json:"done,omitempty"`
	Put     []image.Version      `json:"put,omitempty"`
	Retired map[string]time.Time `json:"retired,omitempty"` // by image.ID.Dir
	Gone    []image.ID           `json:"gone,omitempty"`
	Faults  []fault              `json:"faults,omitempty"`
	Pins    []pinned             `json:"pins,omitempty"`
	Signs   *signs               `json:"signs,omitempty"` // once it was done
	Looked  *time.Time           `json:"looked,omitempty"`
	Indexed *indexed             `json:"indexed,omitempty"` // the static index says all that the ledger does

	// Waiting are the retired ones among packed versions, which say so themselves:
	// so nobody needs to unpack them all to find those that can be removed.
	Waiting map[string]time.Time `json:"waiting,omitempty"` // by image.ID.Dir

	packed image.Packed // there are no other versions of its product
	of     image.Product
}

// indexed is who has written the static index, and how its files looked then.
type indexed struct {
	By    string      `json:"by"`    // version of the program: another may write it in other words
	Files [2][2]int64 `json:"files"` // inode and time of images.json and index.json
}

// fault is a place where a version should be and is none.
type fault struct {
	image.ID
	Error string `json:"error"`
}

// pinned is since when a product is pinned; nil if it is not.
type pinned struct {
	image.Product
	At *time.Time `json:"at"`
}

// signs are looked at each time, as they are cheap and tell that somebody has
// changed the store who does not write the ledger: an older lxdocker, or rm.
type signs struct {
	Images  int64    `json:"images"`  // when the folder of images changed, in ns
	Streams [2]int64 `json:"streams"` // inode and time of images.json
}

// empty says whether a record has nothing to say.
func (r *record) empty() bool {
	return len(r.Put)+len(r.Retired)+len(r.Gone)+len(r.Faults)+len(r.Pins) == 0
}

func (r *record) marshal() ([]byte, error) {
	text, err := []byte(r.packed), error(nil)
	if r.packed == "" {
		text, err = json.Marshal(r)
	}
	if err != nil {
		return nil, fmt.Errorf("writing the ledger: %w", err)
	}
	return fmt.Appendf(nil, "%08x %s\n", checksum(text), text), nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

var errBadRecord = errors.New("the ledger is damaged")

// unmarshal reads a line without its end. It uses a buffer of the caller's.
func unmarshal(line string, buffer *[]byte) (r record, err error) {
	digits, text, ok := strings.Cut(line, " ")
	sum, err := strconv.ParseUint(digits, 16, 32)
	*buffer = append((*buffer)[:0], text...)
	if !ok || err != nil || uint32(sum) != checksum(*buffer) {
		return r, errBadRecord
	}
	if !strings.HasPrefix(text, "{") {
		r.packed = image.Packed(text)
		r.of, err = r.packed.Product()
	} else {
		err = json.Unmarshal(*buffer, &r)
	}
	if err != nil {
		return r, fmt.Errorf("%w: %w", errBadRecord, err)
	}
	return r, r.check()
}

// check refuses what no ledger says: its names become paths.
func (r *record) check() error {
	for i, v := range r.Put {
		if err := v.Check(); err != nil {
			return fmt.Errorf("%w: %w", errBadRecord, err)
		}
		r.Put[i].Pinned = nil // Pins says that
	}
	ok := r.packed == "" || r.of.Valid()
	for _, p := range r.Of {
		ok = ok && p.Valid()
	}
	for _, p := range r.Pins {
		ok = ok && p.Valid()
	}
	for _, id := range r.Gone {
		ok = ok && id.Valid()
	}
	for _, f := range r.Faults {
		ok = ok && f.Valid()
	}
	for _, all := range []map[string]time.Time{r.Retired, r.Waiting} {
		for dir := range all {
			_, is := image.ParseDir(dir)
			ok = ok && is
		}
	}
	if !ok {
		return errBadRecord
	}
	return nil
}
