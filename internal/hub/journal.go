package hub

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"lxdocker/internal/durable"
)

// journal says when images were asked for last. One that the store does not
// have was broken off by the end of the program.
type journal struct {
	file  string
	asked map[request]time.Time
	dirty bool // there is more in it than in the file
	whole bool // the file has to be written anew before anything can be added to it
}

// entry is a line of the journal's file. Older files are one JSON list of entries.
type entry struct {
	Ref          string    `json:"ref"`
	Architecture string    `json:"architecture"`
	Asked        time.Time `json:"asked"`
}

func readJournal(file string) (journal, error) {
	j := journal{file: file, asked: map[request]time.Time{}}
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return j, nil
	}
	if err != nil {
		return j, fmt.Errorf("reading what was asked for: %w", err)
	}
	entries, complete, err := parseJournal(data)
	if err != nil {
		return j, fmt.Errorf("reading what was asked for: %s: %w: remove that file if nothing else helps; no image is lost by that", file, err)
	}
	for _, e := range entries {
		j.asked[request{e.Ref, e.Architecture}] = e.Asked
	}
	j.dirty, j.whole = !complete, !complete
	return j, nil
}

// parseJournal says whether the file is complete lines, so that one can be added.
func parseJournal(data []byte) (entries []entry, complete bool, err error) {
	if bytes.HasPrefix(data, []byte("[")) {
		err = json.Unmarshal(data, &entries)
		return entries, false, err
	}
	for len(data) > 0 {
		line, rest, found := bytes.Cut(data, []byte("\n"))
		if !found {
			return entries, false, nil // a crash cut it off; nobody was told that it is there
		}
		var e entry
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, false, err
		}
		entries, data = append(entries, e), rest
	}
	return entries, true, nil
}

// add notes a request, and has it on file when it returns. It costs the same
// however much was asked for before.
func (j *journal) add(r request, at time.Time) error {
	j.note(r, at)
	if j.whole {
		return j.save()
	}
	line, err := json.Marshal(entry{r.ref, r.arch, j.asked[r]})
	if err == nil {
		err = appendTo(j.file, append(line, '\n'))
	}
	if err != nil {
		j.whole = true // half a line may be there
		return fmt.Errorf("writing what was asked for: %w", err)
	}
	return nil
}

func (j *journal) note(r request, at time.Time) {
	j.asked[r], j.dirty = at.UTC().Truncate(time.Second), true
}

func (j *journal) forget(r request) {
	if _, ok := j.asked[r]; ok {
		delete(j.asked, r)
		j.dirty = true
	}
}

// save brings the journal to its file, whole or not at all.
func (j *journal) save() error {
	if !j.dirty {
		return nil
	}
	var data bytes.Buffer
	var err error
	out := json.NewEncoder(&data)
	for r, at := range j.asked {
		err = cmp.Or(err, out.Encode(entry{r.ref, r.arch, at}))
	}
	if err == nil {
		err = replace(j.file, data.Bytes())
	}
	if err != nil {
		return fmt.Errorf("writing what was asked for: %w", err)
	}
	j.dirty, j.whole = false, false
	return nil
}

// replace puts a whole file in place.
func replace(file string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return durable.WriteFile(file, data, 0o600)
}

// appendTo adds to a file. It leaves the disk to the kernel: that happens often, and is
// worth little.
func appendTo(file string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// save writes the journal if there is something new in it. The caller holds mu.
func (h *Hub) save() {
	if err := h.journal.save(); err != nil {
		h.Log.Warn("cannot keep the journal", "error", err)
	}
}
