package web

import (
	"bytes"
	"time"

	"lxdocker/internal/catalog"
	"lxdocker/internal/document"
	"lxdocker/internal/failure"
)

// ActivityPath is that of the page of what goes on, and EventsPath that of its events.
const (
	ActivityPath = "activity"
	EventsPath   = "activity/events"
)

// Activity is what a server that converts does, and what it could not do lately.
type Activity struct {
	Running []Running
	Others  int // images that are being converted, and are not shown to who looks
	Failed  []Failure
}

// Running is an image that is being converted.
type Running struct {
	Name        string
	Step        string
	Done, Total int64 // bytes of the step; Total is 0 if that is not known
	Began       time.Time
}

// Failure is an image that could not be converted.
type Failure struct {
	Name string
	Text string // what strangers may know of it
	Next string // what people do about it; "": nobody knows
	At   time.Time
}

// Percent is how much of the step is done.
func (r Running) Percent() int { return int(min(100, max(0, r.Done)*100/max(1, r.Total))) }

// activity is the data of the template.
type activity struct {
	head
	Activity
	Tries          bool   // a name can be tried
	Asked          string // the name that somebody tried
	Here           string // the image that it means, if there is one
	Reference, Why string // what else it means, and why that cannot be had
	Next           string // what to do then
}

// maxAsked is how long a name may be.
const maxAsked = 512

// ActivityPage gives the page of what goes on. asked is a name to be tried,
// client who looks.
func (p *Pages) ActivityPage(c *catalog.Catalog, host, asked, client string) (*document.Document, error) {
	d := activity{head: p.head("Activity", host), Activity: p.Activity(client), Tries: p.Try != nil}
	if d.Asked = clean(asked[:min(len(asked), maxAsked)]); d.Asked != "" && p.Try != nil {
		if named := c.Named(d.Asked); len(named) > 0 {
			d.Here = named[0].Name
		} else if ref, err := p.Try(d.Asked); err != nil {
			d.Why, d.Next = p.Told(err), failure.Next(failure.KindOf(err), failure.CauseOf(err), failure.Asker, "")
		} else {
			d.Reference = ref
		}
	}
	return p.execute("activity", d)
}

// Events gives the part of that page that changes.
func (p *Pages) Events(client string) ([]byte, error) {
	var b bytes.Buffer
	err := p.templates.ExecuteTemplate(&b, "now", p.Activity(client))
	return b.Bytes(), err
}
