package monitor

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"lxdocker/internal/document"
	"lxdocker/internal/humanize"
	"lxdocker/internal/negotiate"
	"lxdocker/internal/server/web"
	"lxdocker/internal/version"
)

//go:embed templates
var files embed.FS

// page shows people the last day.
type page struct {
	day      *Day
	began    time.Time
	log      *slog.Logger
	template *template.Template
	assets   map[string]web.Asset // by path
}

func newPage(day *Day, log *slog.Logger) *page {
	p := &page{day: day, began: day.now(), log: log, assets: map[string]web.Asset{}}
	paths := map[string]string{}
	for _, name := range []string{"page.css", "icon.svg"} {
		path, a := web.Named(name)
		paths[name], p.assets["/"+path] = "/"+path, a
	}
	p.template = template.Must(template.New("").Funcs(template.FuncMap{
		"asset": func(name string) string { return paths[name] }, "bytes": humanize.Bytes, "count": count,
	}).ParseFS(files, "templates/*.html"))
	return p
}

// plot is a picture of a day.
type plot struct {
	Title, Name    string // Name is for the id of its title
	Bad            bool
	Path           string // of the bars (SVG, paths)
	Total, Largest string
	Width, Height  int
}

// hour is a row of the table.
type hour struct {
	Began                          time.Time
	Requests, Errors, Made, Failed int64
	Bytes                          int64
}

// shown is the data of the template.
type shown struct {
	Version      string
	Running      string
	Began, Ended time.Time
	Plots        []plot
	Hours        []hour // the latest first
}

func (p *page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	all, began := p.day.last()
	now := p.day.now()
	s := shown{Version: version.String(), Running: running(now.Sub(p.began)), Began: began, Ended: now.UTC()}
	for _, one := range []struct {
		title, name string
		bad         bool
		of          func(stretch) int64
		text        func(int64) string
	}{
		{"Images made", "made", false, func(s stretch) int64 { return s.made }, count},
		{"Images that failed", "failed", true, func(s stretch) int64 { return s.failed }, count},
		{"Bytes sent", "bytes", false, func(s stretch) int64 { return s.bytes }, humanize.Bytes},
		{"Requests", "requests", false, func(s stretch) int64 { return s.requests }, count},
		{"Requests that failed here", "errors", true, func(s stretch) int64 { return s.errors }, count},
	} {
		s.Plots = append(s.Plots, draw(all[:], one.of, plot{Title: one.title, Name: one.name, Bad: one.bad}, one.text))
	}
	s.Hours = hours(all[:])
	var b bytes.Buffer
	if err := p.template.ExecuteTemplate(&b, "day", s); err != nil {
		p.log.Error("cannot render the page of the last day", "error", err)
		say(w, http.StatusInternalServerError, "this page cannot be shown now")
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", web.Policy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	negotiate.Serve(w, r, document.New(b.Bytes()), false)
}

// asset sends what the page needs.
func (p *page) asset(w http.ResponseWriter, r *http.Request) {
	a, ok := p.assets[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	send(w, r, a, "private, max-age=31536000, immutable")
}

func (p *page) icon(w http.ResponseWriter, r *http.Request) {
	_, a := web.Named("icon.svg")
	send(w, r, a, "private, max-age=86400")
}

func send(w http.ResponseWriter, r *http.Request, a web.Asset, cache string) {
	h := w.Header()
	h.Set("Content-Type", a.Type)
	h.Set("Cache-Control", cache)
	h.Set("X-Content-Type-Options", "nosniff")
	negotiate.Serve(w, r, a.Document, true)
}

// running says how long the server has run.
func running(d time.Duration) string {
	if d < time.Minute {
		return "less than a minute"
	}
	return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
}

// count writes a number with commas between thousands.
func count(n int64) string {
	if n < 1000 {
		return strconv.FormatInt(n, 10)
	}
	return fmt.Sprintf("%s,%03d", count(n/1000), n%1000)
}

const (
	barWidth   = 3 // with the gap
	plotHeight = 60
)

// draw makes one path of all bars: 288 elements would be most of the page.
func draw(all []stretch, of func(stretch) int64, p plot, text func(int64) string) plot {
	var most, total int64
	for _, s := range all {
		most, total = max(most, of(s)), total+of(s)
	}
	var path strings.Builder
	for i, s := range all {
		if n := of(s); n > 0 {
			height := max(2, int(float64(n)/float64(most)*plotHeight))
			fmt.Fprintf(&path, "M%d %dh%dv%dh-%dz", i*barWidth, plotHeight-height, barWidth-1, height, barWidth-1)
		}
	}
	p.Path, p.Total, p.Largest, p.Width, p.Height = path.String(), text(total), text(most), len(all)*barWidth, plotHeight
	return p
}

// hours adds up the steps of each hour of the clock.
func hours(all []stretch) (rows []hour) {
	for i := len(all) - 1; i >= 0; i-- {
		s := all[i]
		began := time.Unix(s.number*int64(step/time.Second), 0).UTC().Truncate(time.Hour)
		if len(rows) == 0 || !rows[len(rows)-1].Began.Equal(began) {
			rows = append(rows, hour{Began: began})
		}
		h := &rows[len(rows)-1]
		h.Requests, h.Errors, h.Bytes, h.Made, h.Failed = h.Requests+s.requests, h.Errors+s.errors, h.Bytes+s.bytes, h.Made+s.made, h.Failed+s.failed
	}
	return rows
}
