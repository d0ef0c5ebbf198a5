package status

import (
	"errors"
	"io/fs"
	"time"

	"lxdocker/internal/image"
	"lxdocker/internal/runs"
	"lxdocker/internal/store"
)

// Sources are what a report is made of.
type Sources struct {
	Now          time.Time
	Snapshot     *store.Snapshot
	Record       *runs.Record
	RecordError  error                          // why there is no Record; fs.ErrNotExist: nothing was noted so far
	Marked       func(mark int64) (bool, error) // of runs.Keeper
	Disks        []Disk
	Certificates []Certificate
}

// New makes a report.
func New(from Sources) *Report {
	r := &Report{
		Format: Format, Time: from.Now.UTC(), Problems: []Problem{}, Failing: []Failing{}, Pinned: []Held{}, HeldBack: []Held{},
		Disks: append([]Disk{}, from.Disks...), Certificates: append([]Certificate{}, from.Certificates...), Servers: []Server{},
	}
	r.count(from.Snapshot)
	for i := range r.Disks {
		if r.Disks[i].Of == "images" {
			r.Disks[i].Bytes = r.Bytes
		}
	}
	record := from.Record
	if record == nil {
		record = &runs.Record{}
	}
	r.Run, r.LastComplete = from.run(record.Run), from.run(record.Last())
	for _, s := range record.Servers {
		r.Servers = append(r.Servers, from.server(s))
		if r.OnDemand.Limit == 0 || s.Ended == nil {
			r.OnDemand.Limit = s.Limit
		}
	}
	for _, f := range record.Failures {
		if f, ok := failing(f, from.Snapshot, from.Now); ok {
			r.Failing = append(r.Failing, f)
		}
	}
	if from.RecordError != nil && !errors.Is(from.RecordError, fs.ErrNotExist) {
		r.recordProblem(from.RecordError)
	}
	r.judge()
	r.OK = len(r.Problems) == 0
	return r
}

// count counts what the store has, and lists what people hold back.
func (r *Report) count(now *store.Snapshot) {
	seen := map[string]uint8{} // files by their sums, and who has them: bits of bySpec and byHub
	for _, packed := range now.All() {
		versions := packed.Versions()
		offered := image.Offered(versions)
		for _, v := range versions {
			of, by := &r.Specs, bySpec
			if v.Hub {
				of, by = &r.OnDemand, byHub
			}
			if v.Retired != nil {
				of.Retired++
			} else {
				of.Versions++
			}
			for _, f := range v.Files {
				who := seen[f.SHA256]
				if who == 0 {
					r.Bytes += f.Size
				}
				if who&by == 0 {
					of.Bytes += f.Size
				}
				seen[f.SHA256] = who | by
			}
			r.Bytes += v.Note
			of.Bytes += v.Note
		}
		if len(offered) == 0 {
			continue
		}
		current := offered[0]
		if current.Hub {
			r.OnDemand.Images++
		} else {
			r.Specs.Images++
		}
		switch {
		case current.Pinned != nil:
			r.Pinned = append(r.Pinned, Held{current.Title(), current.Serial, current.Pinned})
		case len(current.Undone) > 0:
			r.HeldBack = append(r.HeldBack, Held{Title: current.Title(), Version: current.Serial})
		}
	}
	r.Damaged = len(now.Faults())
}

// Who has a file.
const (
	bySpec uint8 = 1 << iota
	byHub
)

// run is nil if there was none.
func (from Sources) run(of *runs.Run) *Run {
	if of == nil {
		return nil
	}
	r := &Run{By: of.By, Process: of.Process, Began: of.Began, Ended: of.Ended, Error: of.Error,
		Built: of.Built, Unchanged: of.Unchanged, Failed: of.Failed, Removed: of.Removed, Wrong: of.Wrong}
	switch {
	case of.Ended == nil:
		r.State = from.state(of.Mark)
	case of.Error != "":
		r.State = Failed
	case of.Interrupted:
		r.State = Interrupted
	default:
		r.State = Ended
	}
	return r
}

func (from Sources) server(of runs.Server) Server {
	s := Server{State: Ended, Process: of.Process, Began: of.Began, Ended: of.Ended, Specs: of.Specs}
	if of.Ended == nil {
		s.State = from.state(of.Mark)
	}
	if s.State == UnderWay {
		s.NextLook = of.Next
	}
	return s
}

// state is that of something that has not said that it has ended.
func (from Sources) state(mark int64) string {
	there, err := from.Marked(mark)
	switch {
	case err != nil:
		return Unknown
	case there:
		return UnderWay
	}
	return Killed
}
