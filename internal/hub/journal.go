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
	"time"

	"lxdocker/internal/durable"
)

// journal says when images were asked for last. One that the store does not
// have was broken off by the end of the program.
//
// Its file is one JSON list, which older programs read, too. What comes between two
// times that it is written is added to another file, a line each.
type journal struct {
	file  string
	asked map[request]time.Time
	dirty bool // there is more in it than in the file
	whole bool // the file has to be written anew before anything can be added
	lost  bool // nobody knows when images were asked for
}

// journalEntry is an element of the list, and a line of the other file.
type journalEntry struct {
	Ref          string    `json:"ref"`
	Architecture string    `json:"architecture"`
	Asked        time.Time `json:"asked"`
}

// readJournal reads what was asked for. No image depends on it, so that nothing that
// is wrong with its files keeps the server from starting: they are set aside.
func readJournal(file string, log *slog.Logger) journal {
	j := journal{file: file, asked: map[request]time.Time{}}
	data, err := os.ReadFile(file)
	var list []journalEntry
	if err == nil {
		err = json.Unmarshal(data, &list)
	}
	if err != nil {
		j.lost = true
		setAside(file, err, log)
	}
	j.take(list)
	data, err = os.ReadFile(j.lines())
	if err != nil {
		setAside(j.lines(), err, log)
	}
	added, complete := parseLines(data)
	if !complete {
		log.Warn("skipping what a crash has left of a line in the journal of the hub", "file", j.lines())
	}
	j.take(added)
	j.dirty, j.whole = len(data) > 0 || j.lost, !complete
	return j
}

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

func removeIfThere(file string) error {
	err := os.Remove(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// lines is the file of what was added.
func (j *journal) lines() string { return j.file + ".lines" }

// take notes what a file says. Lines may be older than the list, if a crash came
// before they were removed.
func (j *journal) take(entries []journalEntry) {
	for _, e := range entries {
		r := request{e.Ref, e.Architecture}
		if e.Asked.IsZero() {
			delete(j.asked, r)
		} else if !e.Asked.Before(j.asked[r]) {
			j.asked[r] = e.Asked
		}
	}
}

// parseLines says whether all are whole lines, so that one can be added. What is none
// was left by a crash or a full disk, and nobody was told that it is there.
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

// add notes a request, and has it on file when it returns. It costs the same
// however much was asked for before.
func (j *journal) add(r request, at time.Time) error {
	j.note(r, at)
	return j.append(r)
}

// append adds a line that says what is so of a request.
func (j *journal) append(r request) error {
	if j.whole {
		return j.save()
	}
	line, err := json.Marshal(journalEntry{r.ref, r.arch, j.asked[r]})
	if err == nil {
		err = appendTo(j.lines(), append(line, '\n'))
	}
	if err != nil {
		j.whole = true // half a line may be there
		return fmt.Errorf("writing what was asked for: %w", err)
	}
	return nil
}

// drop forgets a request, and has that on file when it returns: a line of no time, which
// older programs pass over.
func (j *journal) drop(r request) error {
	delete(j.asked, r)
	j.dirty = true
	return j.append(r)
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
	list := make([]journalEntry, 0, len(j.asked))
	for r, at := range j.asked {
		list = append(list, journalEntry{r.ref, r.arch, at})
	}
	data, err := json.Marshal(list)
	if err == nil {
		err = replace(j.file, data)
	}
	if err == nil {
		err = removeIfThere(j.lines())
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
