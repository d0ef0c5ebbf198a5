package main

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestWhatCountsAtOnceIsDocumented, and nothing else is said to.
func TestWhatCountsAtOnceIsDocumented(t *testing.T) {
	o := &options{again: &reloader{}}
	o.follow(&changing{work: &work{}})
	want := map[string]bool{}
	for _, s := range o.again.steps {
		for _, name := range s.settings {
			want[name] = true
		}
	}
	text, err := os.ReadFile("../../docs/settings.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "| setting | counts |\n|---|---|\n")
	table, _, _ = strings.Cut(table, "| all others")
	var got []string
	for line := range strings.Lines(table) {
		names, _, _ := strings.Cut(strings.TrimPrefix(line, "|"), "|")
		for _, m := range regexp.MustCompile("`([a-z-]+)`").FindAllStringSubmatch(names, -1) {
			got = append(got, m[1])
		}
	}
	slices.Sort(got)
	if all := slices.Sorted(maps.Keys(want)); !slices.Equal(all, got) {
		t.Errorf("the page has\n%v, not\n%v", got, all)
	}
}
