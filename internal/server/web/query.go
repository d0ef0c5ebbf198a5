package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// The words of the query of the list, which are those of its form.
const (
	byName, newest, oldest, largest, smallest = "name", "new", "old", "large", "small"
	fromSpec, onDemand, pinned, failing       = "spec", "demand", "pinned", "failing"
)

// orders compare two images.
var orders = map[string]func(a, b *entry) int{
	byName:   func(a, b *entry) int { return strings.Compare(strings.ToLower(a.title), strings.ToLower(b.title)) },
	newest:   func(a, b *entry) int { return b.published.Compare(a.published) },
	oldest:   func(a, b *entry) int { return a.published.Compare(b.published) },
	largest:  func(a, b *entry) int { return int(min(max(b.size-a.size, -1), 1)) },
	smallest: func(a, b *entry) int { return int(min(max(a.size-b.size, -1), 1)) },
}

const (
	perPage   = 50
	maxSearch = 200 // bytes of a search
)

// query is what somebody wants to see of the list.
type query struct {
	Text         string
	Architecture string // "": all
	Origin       string // "": all
	Sort         string
	Page         int // the first is 1
}

// readQuery takes what it understands; the rest counts as not said.
func readQuery(form url.Values) query {
	q := query{Architecture: form.Get("arch"), Origin: form.Get("origin"), Sort: form.Get("sort"), Page: 1}
	q.Text = clean(strings.ToValidUTF8(form.Get("q")[:min(len(form.Get("q")), maxSearch)], ""))
	if !slices.Contains([]string{fromSpec, onDemand, pinned, failing}, q.Origin) {
		q.Origin = ""
	}
	if orders[q.Sort] == nil {
		q.Sort = byName
	}
	if n, err := strconv.Atoi(form.Get("page")); err == nil && n > 1 {
		q.Page = n
	}
	return q
}

// all says whether nothing is left out.
func (q query) all() bool { return q.Text == "" && q.Architecture == "" && q.Origin == "" }

// Plain says whether it is what the address of the server alone shows.
func (q query) Plain() bool { return q.all() && q.Page == 1 }

// choose gives the images that are meant, in their order. failed are those that fail. The list is
// not to be changed.
func (q query) choose(l *listing, failed map[string]Failure) []*entry {
	all := l.in(q.Sort)
	if q.all() {
		return all
	}
	words := strings.Fields(strings.ToLower(q.Text))
	var some []*entry
	for _, e := range all {
		if q.matches(e, words, failed) {
			some = append(some, e)
		}
	}
	return some
}

func (q query) matches(e *entry, words []string, failed map[string]Failure) bool {
	switch {
	case q.Architecture != "" && !slices.Contains(e.architectures, q.Architecture),
		q.Origin == pinned && !e.pinned, q.Origin == failing && !e.fails(failed),
		slices.Contains([]string{fromSpec, onDemand}, q.Origin) && q.Origin != e.origin():
		return false
	}
	for _, w := range words {
		if !strings.Contains(e.text, w) {
			return false
		}
	}
	return true
}

// URL is the address of another page of the same list, below a prefix.
func (q query) URL(root string, page int) string {
	form := url.Values{}
	for key, value := range map[string]string{"q": q.Text, "arch": q.Architecture, "origin": q.Origin, "sort": q.Sort, "page": strconv.Itoa(page)} {
		if value != "" && !(key == "sort" && value == byName) && !(key == "page" && page == 1) {
			form.Set(key, value)
		}
	}
	if len(form) == 0 {
		return root + "/"
	}
	return root + "/?" + form.Encode()
}
