package hub

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// journal says when images were asked for last. One that the store does not
// have was broken off by the end of the program.
type journal struct {
	file  string
	asked map[request]time.Time
	dirty bool // there is more in it than in the file
}

// entry is a line of the journal's file.
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
	var entries []entry
	if err := json.Unmarshal(data, &entries); err != nil {
		return j, fmt.Errorf("reading what was asked for: %s: %w: remove that file if nothing else helps; no image is lost by that", file, err)
	}
	for _, e := range entries {
		j.asked[request{e.Ref, e.Architecture}] = e.Asked
	}
	return j, nil
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
	entries := make([]entry, 0, len(j.asked))
	for r, at := range j.asked {
		entries = append(entries, entry{r.ref, r.arch, at})
	}
	data, err := json.MarshalIndent(entries, "", " ")
	if err == nil {
		err = replace(j.file, data)
	}
	if err != nil {
		return fmt.Errorf("writing what was asked for: %w", err)
	}
	j.dirty = false
	return nil
}

// replace writes a file beside its place and renames it. It is not brought to
// the disk at once: it is written often, and worth little.
func replace(file string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	fresh := file + ".new"
	if err := os.WriteFile(fresh, data, 0o600); err != nil {
		return err
	}
	return os.Rename(fresh, file)
}

// save writes the journal if there is something new in it. The caller holds mu.
func (h *Hub) save() {
	if err := h.journal.save(); err != nil {
		h.Log.Warn("cannot keep the journal", "error", err)
	}
}
