//go:build e2e && reach

package guest

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lxdocker/test/testbed"
)

// patience is how long a condition is waited for. Applications of several daemons
// start beside each other here, JVMs among them.
const patience = 3 * time.Minute

// needed lists the images of test/images that the rows use.
var needed = reachNames()

// reach is an application in the shape of a popular image.
type reach struct {
	image   string
	shape   string
	needs   string // settings of the instance, as the page has them
	options []string
	devices []string           // NAME TYPE KEY=VALUE…, each
	answers func(c *container) // waits until it does
	keeps   func(c *container) // gives it something to keep, if it keeps anything
	ended   func(c *container) // looks at what it has left on the console
	kept    func(c *container)
}

func reachNames() []string {
	var names []string
	for _, r := range reaches() {
		names = append(names, r.image)
	}
	return names
}

// TestReach runs each application on each daemon, and writes what became of it into
// docs/reach.md.
func TestReach(t *testing.T) {
	var mu sync.Mutex
	results := map[string]string{}
	t.Run("applications", func(t *testing.T) {
		each(t, func(t *testing.T, d testbed.Daemon) {
			for _, r := range reaches() {
				t.Run(r.image, func(t *testing.T) {
					t.Parallel()
					result := "fails"
					t.Cleanup(func() {
						mu.Lock()
						defer mu.Unlock()
						results[r.image+"/"+d.Name] = result
					})
					r.run(t, d)
					if t.Failed() {
						return
					}
					result = "runs, ends when it is stopped, runs again"
					if r.keeps != nil {
						result += " with its data"
					}
				})
			}
		})
	})
	page := filepath.Join(root, "docs/reach.md")
	old, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for name, result := range reachResults(string(old)) {
		if _, again := results[name]; !again {
			results[name] = result // left out by -run
		}
	}
	if err := os.WriteFile(page, []byte(reachPage(results)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// reachResults is what the page says of IMAGE/DAEMON.
func reachResults(page string) map[string]string {
	results := map[string]string{}
	for line := range strings.Lines(page) {
		if cells := strings.Split(strings.Trim(line, "| \n"), " | "); len(cells) == 5 {
			results[cells[0]+"/"+cells[3]] = cells[4]
		}
	}
	return results
}

func (r reach) run(t *testing.T, d testbed.Daemon) {
	c := initialize(t, d, r.image, "", r.options...)
	c.add(r.devices...)
	c.start()
	r.answers(c)
	if r.keeps != nil {
		r.keeps(c)
	}
	t.Logf("it took %v to stop", c.stop(50*time.Second).Round(time.Millisecond))
	if r.ended != nil {
		r.ended(c)
	}
	c.start()
	r.answers(c)
	if r.kept != nil {
		r.kept(c)
	}
}

// add gives it devices: NAME TYPE KEY=VALUE…, each.
func (c *container) add(devices ...string) {
	for _, device := range devices {
		c.must(append([]string{"config", "device", "add", c.Name}, strings.Fields(device)...)...)
	}
}

// reachPage is the page, with the daemons that it was tried on.
func reachPage(results map[string]string) string {
	var page strings.Builder
	page.WriteString(`# Applications that were run

For users: images in the shape of popular ones, each built from Debian packages or Go modules, launched, asked a question that
only the running application can answer, stopped, started and asked again. ` + "`make test-reach`" + ` writes this page.

| image | shape | the instance needs | daemon | result |
|---|---|---|---|---|
`)
	for _, r := range reaches() {
		for _, d := range slices.SortedFunc(slices.Values(daemons), func(a, b testbed.Daemon) int { return strings.Compare(a.Name, b.Name) }) {
			fmt.Fprintf(&page, "| %s | %s | %s | %s | %s |\n", r.image, r.shape, cmp.Or(r.needs, "nothing"), d.Name, results[r.image+"/"+d.Name])
		}
	}
	return page.String()
}
