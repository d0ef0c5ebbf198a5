// Package docs holds pages for people. Its tests keep them whole: links lead
// somewhere, and the index names every page.
package docs

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestLinksLeadSomewhere looks at every link and picture of every page: a file
// of the repository must exist, and an anchor must be a heading of its page.
// Addresses on the web are not asked for.
func TestLinksLeadSomewhere(t *testing.T) {
	pages := pages(t)
	for name, page := range pages {
		for _, target := range page.links {
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			file, anchor, _ := strings.Cut(target, "#")
			linked := name
			if file != "" {
				linked = path.Join(path.Dir(name), file)
			}
			if _, err := os.Stat(filepath.Join("..", linked)); err != nil {
				t.Errorf("%s links to %s, which does not exist", name, target)
				continue
			}
			if anchor != "" && !slices.Contains(pages[linked].anchors, anchor) {
				t.Errorf("%s links to %s, but %s has no such heading", name, target, linked)
			}
		}
	}
}

// TestTheIndexNamesEveryPage keeps docs/README.md complete. Of decisions it only
// names the folder.
func TestTheIndexNamesEveryPage(t *testing.T) {
	pages := pages(t)
	indexed := pages["docs/README.md"].links
	for name := range pages {
		page, inDocs := strings.CutPrefix(name, "docs/")
		inDocs = inDocs && page != "README.md" && !strings.HasPrefix(page, "adr/")
		if inDocs && !slices.Contains(indexed, page) {
			t.Errorf("docs/README.md does not name %s", page)
		}
	}
}

// TestPicturesAreShown: a picture that no page shows is a leftover.
func TestPicturesAreShown(t *testing.T) {
	shown := map[string]bool{}
	for name, page := range pages(t) {
		for _, target := range page.links {
			shown[path.Join(path.Dir(name), target)] = true
		}
	}
	pictures, err := filepath.Glob("images/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, picture := range pictures {
		if !shown["docs/"+filepath.ToSlash(picture)] {
			t.Errorf("no page shows %s", picture)
		}
	}
}

type page struct {
	links   []string // as they are written
	anchors []string // of its headings
}

// pages reads every page of the repository, by its path from the root.
func pages(t *testing.T) map[string]page {
	t.Helper()
	all := map[string]page{}
	err := filepath.WalkDir("..", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := strings.HasPrefix(d.Name(), ".") && file != ".."
		if d.IsDir() && (hidden || d.Name() == "testdata" || d.Name() == "node_modules") {
			return filepath.SkipDir
		}
		if d.IsDir() || path.Ext(d.Name()) != ".md" {
			return nil
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		name, err := filepath.Rel("..", file)
		all[filepath.ToSlash(name)] = parsePage(string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var (
	inlineCode = regexp.MustCompile("`[^`]*`")
	link       = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	source     = regexp.MustCompile(`\bsrc="([^"]+)"`)
)

func parsePage(text string) page {
	var p page
	fenced := false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			fenced = !fenced
		}
		if fenced || strings.HasPrefix(line, "    ") {
			continue
		}
		if heading := strings.TrimLeft(line, "#"); heading != line && strings.HasPrefix(heading, " ") {
			p.anchors = append(p.anchors, anchorOf(strings.TrimSpace(heading), p.anchors))
		}
		// The text of a link may be code, but no link is inside code.
		for _, pattern := range []*regexp.Regexp{link, source} {
			for _, found := range pattern.FindAllStringSubmatch(inlineCode.ReplaceAllString(line, ""), -1) {
				p.links = append(p.links, found[1])
			}
		}
	}
	return p
}

var notInAnchors = regexp.MustCompile(`[^\p{L}\p{N} _-]`)

// anchorOf makes the anchor of a heading as GitHub and GitLab do: lower case,
// hyphens for spaces, nothing else but letters, digits and underscores, and a
// number behind the second of the same name.
func anchorOf(heading string, before []string) string {
	anchor := strings.ReplaceAll(notInAnchors.ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
	count := 0
	for _, other := range before {
		if other == anchor {
			count++
		}
	}
	if count > 0 {
		return anchor + "-" + string(rune('0'+count))
	}
	return anchor
}
