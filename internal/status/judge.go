package status

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"lxdocker/internal/failure"
	"lxdocker/internal/humanize"
	"lxdocker/internal/runs"
	"lxdocker/internal/store"
)

// patience is how long an image on demand may fail for reasons that pass by themselves: it is
// tried again every hour, and clients get it as it was.
const patience = 24 * time.Hour

// What has to stay free of a disk, or images on demand are refused: as in package build.
const (
	mostReserve = 1 << 30
	shareOfDisk = 20
)

// failing makes a failure part of a report. ok is false if the image is gone that it is of.
func failing(f runs.Failure, now *store.Snapshot, at time.Time) (out Failing, ok bool) {
	current, offered := now.Current(f.Product)
	if f.Hub && f.Known && !offered {
		return out, false
	}
	out = Failing{Title: f.Title, OnDemand: f.Hub, Offered: current.Serial, Since: f.Since, Last: f.Last, Times: f.Times, Kind: f.Kind, Cause: f.Cause, Error: f.Error}
	passing := f.Kind == failure.Unavailable.String() || f.Kind == failure.RateLimited.String()
	out.Needed = !f.Hub || offered && (!passing || at.Sub(f.Since) > patience)
	out.Next = nextStep(f)
	return out, true
}

// nextStep is what a person does about a failure.
func nextStep(f runs.Failure) string {
	if f.Kind == runs.WrongSpec {
		return "correct it, and check it with `lxdocker check " + f.Title + "`"
	}
	reader := failure.SpecKeeper
	if f.Hub {
		reader = failure.Operator
	}
	return failure.Next(failure.KindNamed(f.Kind), failure.Cause(f.Cause), reader, f.Name)
}

// judge says what needs a person.
func (r *Report) judge() {
	r.judgeRun()
	for _, f := range r.Failing {
		if !f.Needed {
			continue
		}
		what := OfImage
		if f.Kind == runs.WrongSpec {
			what = OfSpec
		}
		since := f.Since
		r.problem(what, f.Title, &since, f.Error, f.Next)
	}
	if r.Damaged > 0 {
		r.problem(OfDamage, "", nil, fmt.Sprintf("%d versions cannot be read, and are not offered", r.Damaged),
			"`lxdocker verify` says what is wrong, `lxdocker verify --repair` removes them, to be built again")
	}
	for _, d := range r.Disks {
		if d.Size > 0 && d.Free < min(mostReserve, d.Size/shareOfDisk) {
			r.problem(OfDisk, d.Of, nil, fmt.Sprintf("the disk of %s has %s left of %s", d.Folder, humanize.Bytes(d.Free), humanize.Bytes(d.Size)),
				"make the disk larger, or remove what is not needed (--cache-size, --keep, `lxdocker prune`)")
		}
	}
	for _, c := range r.Certificates {
		if c.Problem != "" {
			r.problemOf(c)
		}
	}
}

func (r *Report) problemOf(c Certificate) {
	name, next := c.File, c.Next
	if c.Name != "" {
		name = "for " + c.Name
	}
	if next == "" {
		next = "renew or correct it where it comes from; for one that imgserver made, `imgserver cert renew` says what that means for clients"
	}
	r.problem(OfCertificate, name, c.Since, c.Problem, next)
}

func (r *Report) judgeRun() {
	if r.Run == nil {
		return
	}
	began := r.Run.Began
	switch r.Run.State {
	case Killed:
		r.problem(OfRun, "", &began, fmt.Sprintf("the last run, process %s, was killed, or the machine went down", r.Run.Process),
			"nothing half-made is offered, and the next run does the rest; if that is killed, too, see whether the machine has too little memory")
	case Failed:
		r.problem(OfRun, "", &began, r.Run.Error, "correct that, and run lxdocker again; what is published stays")
	}
}

func (r *Report) recordProblem(err error) {
	if errors.Is(err, fs.ErrPermission) {
		r.problem(OfRecord, "", nil, "how the last run ended can be read only by the user who runs lxdocker or imgserver: "+err.Error(),
			"run `lxdocker status` as that user (sudo -u), or as root")
		return
	}
	r.problem(OfRecord, "", nil, err.Error(), "the next run sets the record aside, and begins a new one")
}

func (r *Report) problem(what, name string, since *time.Time, text, next string) {
	r.Problems = append(r.Problems, Problem{what, name, since, strings.TrimSpace(text), next})
}
