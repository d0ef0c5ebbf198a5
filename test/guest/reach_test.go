//go:build e2e && reach

package guest

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lxdocker/test/testbed"
)

// needed lists the images of test/images that the rows use.
var needed = reachNames()

// reach is an application in the shape of a popular image.
type reach struct {
	image   string
	shape   string
	answers func(c *container)
}

// reaches are the rows of docs/reach.md.
func reaches() []reach {
	return []reach{
		{"dnsmasq", "binds ports below 1024 as root, then becomes another user", func(c *container) { c.resolves("reach.test", "192.0.2.1") }},
		{"jvm", "a JVM (Tomcat 10, Java 17) as 1000:0, as Elasticsearch", func(c *container) { c.pageHolds("/", "jvm 17, at most ") }},
		{"samba", "two daemons under tini; the entrypoint makes a user at each start", func(c *container) {
			c.answers("ok\n", "bash", "-c", "smbclient -U reach%sesame //127.0.0.1/share -c 'mkdir d; rmdir d' >/dev/null 2>&1 && echo ok")
		}},
		{"squid", "a tail in the background shows a log file; three processes", func(c *container) { c.connects("3128") }},
		{"zookeeper", "a JVM that looks up its own name to listen for its peers; the entrypoint becomes another user", func(c *container) {
			c.answers("imok", "bash", "-c", "echo ruok | nc -N 127.0.0.1 2181")
		}},
	}
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
					c := launch(t, d, r.image, "")
					r.answers(c)
					c.stop(30 * time.Second)
					c.start()
					r.answers(c)
					result = "runs, ends when it is stopped, runs again"
				})
			}
		})
	})
	if err := os.WriteFile(filepath.Join(root, "docs/reach.md"), []byte(reachPage(results)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// reachPage is the page, with the daemons that it was tried on.
func reachPage(results map[string]string) string {
	var page strings.Builder
	page.WriteString(`# Applications that were run

For users: images in the shape of popular ones, each built from Debian packages, launched, stopped and started again.
` + "`make test-reach`" + ` writes this page.

| image | shape | daemon | result |
|---|---|---|---|
`)
	for _, r := range reaches() {
		for _, d := range slices.SortedFunc(slices.Values(daemons), func(a, b testbed.Daemon) int { return strings.Compare(a.Name, b.Name) }) {
			fmt.Fprintf(&page, "| %s | %s | %s | %s |\n", r.image, r.shape, d.Name, results[r.image+"/"+d.Name])
		}
	}
	return page.String()
}

// resolves asks the container's name server.
func (c *container) resolves(name, want string) {
	c.t.Helper()
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, net.JoinHostPort(c.address(), "53"))
	}}
	c.until(func() error {
		ctx, cancel := context.WithTimeout(c.t.Context(), 2*time.Second)
		defer cancel()
		got, err := resolver.LookupHost(ctx, name)
		if err != nil {
			return err
		}
		return differ(strings.Join(got, " "), want)
	})
}

// connects waits until a port takes connections.
func (c *container) connects(port string) {
	c.t.Helper()
	c.until(func() error {
		conn, err := net.DialTimeout("tcp", net.JoinHostPort(c.address(), port), time.Second)
		if err == nil {
			conn.Close()
		}
		return err
	})
}
