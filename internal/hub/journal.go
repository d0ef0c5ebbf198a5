package hub

import (
	"encoding/json"
	"log/slog"
	"maps"
	"os"
	"slices"
	"sync"
	"time"
)

// journal says when images were asked for last. One that the store does not
// have was broken off by the end of the program.
//
// Its file is one JSON list, which older programs read, too. What comes between two
// times that it is written is added to another file, a line each.
//
// Whoever changes it waits for nothing: the disk, which may be slow, is for flush and
// save. No lock that others want may be held while these are called.
type journal struct {
	file    string
	replace func(file string, data []byte) error // of the whole file

	writing sync.Mutex // of the files; mu may be taken with it, not the other way round
	whole   bool       // the file has to be written anew before anything can be added

	mu    sync.Mutex // guards what follows
	asked map[request]time.Time
	dirty bool      // there is more in it than in the file
	added []request // of which the file of lines lacks what is so
	lost  bool      // nobody knows when images were asked for
}

// journalEntry is an element of the list, and a line of the other file.
type journalEntry struct {
	Ref          string    `json:"ref"`
	Architecture string    `json:"architecture"`
	Asked        time.Time `json:"asked"`
}

// readJournal reads what was asked for. No image depends on it, so that nothing that
// is wrong with its files keeps the server from starting: they are set aside.
func readJournal(file string, log *slog.Logger) *journal {
	j := &journal{file: file, replace: replace, asked: map[request]time.Time{}}
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

// last is when an image was asked for last.
func (j *journal) last(r request) (at time.Time, ok bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	at, ok = j.asked[r]
	return at, ok
}

// requests lists what was asked for.
func (j *journal) requests() []request {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Collect(maps.Keys(j.asked))
}

// note notes when an image was asked for. The file has it when it is saved.
func (j *journal) note(r request, at time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.asked[r], j.dirty = at.UTC().Truncate(time.Second), true
}

// add is note for a request that flush brings to the file of lines.
func (j *journal) add(r request, at time.Time) {
	j.note(r, at)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.added = append(j.added, r)
}

// forget forgets a request.
func (j *journal) forget(r request) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, ok := j.asked[r]; ok {
		delete(j.asked, r)
		j.dirty = true
	}
}

// drop is forget, and flush brings that to the file of lines.
func (j *journal) drop(r request) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.asked, r)
	j.dirty, j.added = true, append(j.added, r)
}
