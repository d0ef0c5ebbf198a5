package hub

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"lxdocker/internal/durable"
)

// flush appends the missing lines to the file of lines: one for each request, without a
// time if it was dropped, which older programs skip. Its cost does not depend on how many
// there were before. If another goroutine has just added the line, flush waits until that
// is on the disk.
func (j *journal) flush() error {
	j.writing.Lock()
	defer j.writing.Unlock()
	if j.whole {
		return j.write()
	}
	j.mu.Lock()
	var text []byte
	var err error
	for _, r := range j.added {
		line, bad := json.Marshal(journalEntry{r.String(), r.arch, j.asked[r]})
		text, err = append(append(text, line...), '\n'), errors.Join(err, bad)
	}
	j.added = nil
	j.mu.Unlock()
	if err == nil && len(text) > 0 {
		err = appendTo(j.lines(), text)
	}
	if err != nil {
		j.whole = true // half a line may be there
		return fmt.Errorf("writing what was asked for: %w", err)
	}
	return nil
}

// save brings the journal to its file, whole or not at all.
func (j *journal) save() error {
	j.writing.Lock()
	defer j.writing.Unlock()
	return j.write()
}

// write is save. The caller has writing.
func (j *journal) write() error {
	list, dirty := j.list()
	if !dirty {
		return nil
	}
	data, err := json.Marshal(list)
	if err == nil {
		err = j.replace(j.file, data)
	}
	if err == nil {
		err = removeIfThere(j.lines())
	}
	if err != nil {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.dirty, j.whole = true, true // lines that were to be added may be missing
		return fmt.Errorf("writing what was asked for: %w", err)
	}
	j.whole = false
	return nil
}

// list is what the file shall say, and whether it may say something else by now.
func (j *journal) list() (list []journalEntry, dirty bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.dirty {
		return nil, false
	}
	list = make([]journalEntry, 0, len(j.asked))
	for r, at := range j.asked {
		list = append(list, journalEntry{r.String(), r.arch, at})
	}
	j.dirty, j.added = false, nil
	return list, true
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

func removeIfThere(file string) error {
	err := os.Remove(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// lines is the file of what was added.
func (j *journal) lines() string { return j.file + ".lines" }

// setAside moves a file away that cannot be used, for people to look at.
func setAside(file string, why error, log *slog.Logger) {
	if errors.Is(why, fs.ErrNotExist) {
		return
	}
	aside := file + ".damaged"
	log.Warn("the journal of the hub cannot be read, and is set aside: no image is lost by that, but all count as asked for now",
		"file", file, "as", aside, "error", why)
	if err := durable.Rename(file, aside); err != nil {
		log.Warn("cannot set the journal of the hub aside", "error", err)
	}
}

// take notes what a file says. Lines may be older than the list, if a crash came
// before they were removed.
func (j *journal) take(entries []journalEntry) {
	for _, e := range entries {
		r := reading(e.Ref, e.Architecture)
		if e.Asked.IsZero() {
			delete(j.asked, r)
		} else if !e.Asked.Before(j.asked[r]) {
			j.asked[r] = e.Asked
		}
	}
}

// parseLines says whether all lines are complete, so that another can be appended. An
// incomplete one was left by a crash or a full disk, and nobody was told that it is there.
func parseLines(data []byte) (entries []journalEntry, complete bool) {
	complete = true
	for len(data) > 0 {
		line, rest, found := bytes.Cut(data, []byte("\n"))
		var e journalEntry
		if err := json.Unmarshal(line, &e); err == nil && found {
			entries = append(entries, e)
		} else {
			complete = false
		}
		data = rest
	}
	return entries, complete
}
