package web

import (
	"cmp"
	"crypto/sha256"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"time"

	"lxdocker/internal/catalog"
	"lxdocker/internal/document"
	"lxdocker/internal/humanize"
	"lxdocker/internal/image"
)

// FeedPath is that of the feed.
const FeedPath = "feed.atom"

// inFeed is how many versions the feed has: the newest ones.
const inFeed = 50

// atom is a feed (RFC 4287).
type atom struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  string      `xml:"author>name"`
	Icon    string      `xml:"icon,omitempty"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Updated string   `xml:"updated"`
	Link    atomLink `xml:"link"`
	Summary string   `xml:"summary"`
}

// Feed gives the Atom feed of the newest versions, for those who asked for a host. The ids are
// the same whatever the host is called.
func (p *Pages) Feed(c *catalog.Catalog, host string) (*document.Document, error) {
	base := "https://" + host
	if _, ok := plainHost(host); !ok {
		base = ""
	}
	base += p.Prefix
	f := atom{
		ID: urn("the feed of", host), Title: "New images for LXD and Incus", Author: "imgserver", Updated: time.Unix(0, 0).UTC().Format(time.RFC3339),
		Icon: base + "/" + p.assets.paths["icon.svg"],
		Links: []atomLink{
			{"self", "application/atom+xml", base + "/" + FeedPath}, {"alternate", "text/html", base + "/"},
		},
	}
	for i, v := range newestVersions(p.of(c), p.Now()) {
		if i == 0 {
			f.Updated = v.at.Format(time.RFC3339)
		}
		f.Entries = append(f.Entries, atomEntry{
			ID: urn("a version", v.Name, v.Architecture, v.Serial, v.Fingerprint), Updated: v.at.Format(time.RFC3339),
			Title:   fmt.Sprintf("%s for %s, %s", clean(v.entry.title), v.Architecture, v.Serial),
			Link:    atomLink{"alternate", "text/html", base + "/" + ImagePrefix + v.Name},
			Summary: summary(v.Version),
		})
	}
	text, err := xml.MarshalIndent(f, "", " ")
	if err != nil {
		return nil, err
	}
	return document.New(append([]byte(xml.Header), append(text, '\n')...)), nil
}

// published is a version, and when that was.
type published struct {
	*image.Version
	entry *entry
	at    time.Time
}

// newestVersions gives the versions of the feed, the newest first: they are those of the images
// that are the newest ones.
func newestVersions(l *listing, now time.Time) (all []published) {
	some := l.in(newest)
	for _, e := range some[:min(len(some), inFeed)] {
		for _, q := range e.products {
			for _, v := range q.Versions() {
				all = append(all, published{v, e, v.PublishedBy(now).UTC()})
			}
		}
	}
	slices.SortFunc(all, func(a, b published) int { return cmp.Or(b.at.Compare(a.at), a.ID().Compare(b.ID())) })
	return all[:min(len(all), inFeed)]
}

func summary(v *image.Version) string {
	text := fmt.Sprintf("%s to download", humanize.Bytes(download(v)))
	if v.Source != "" {
		text += ", made of " + clean(v.Source)
	}
	if f, ok := v.File(image.Delta); ok {
		text += fmt.Sprintf("; %s from version %s", humanize.Bytes(f.Size), f.Base)
	}
	return text + "."
}

// urn makes an id of words that always is the same for them: a UUID by a hash of our own
// (RFC 9562, section 5.8).
func urn(words ...string) string {
	sum := sha256.Sum256([]byte("lxdocker " + strings.Join(words, "\n")))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
