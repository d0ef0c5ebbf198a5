package server_test

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"lxdocker/internal/image"
	"lxdocker/internal/server"
	"lxdocker/internal/server/access"
	"lxdocker/internal/server/web"
	"lxdocker/internal/store/storetest"
)

var addresses = regexp.MustCompile(`(?:href|src|action|data-events)="([^"]*)"`)

// Each link of each page leads somewhere, below the prefix.
func TestPagesBelowAPrefix(t *testing.T) {
	s := openStore(t, t.TempDir())
	for n := range 120 { // more than a page of the list
		storetest.Split(t, s, image.Version{Name: fmt.Sprint("image", n), Architecture: "amd64"}, []byte("metadata"), []byte("rootfs"))
	}
	for _, prefix := range []string{"", "/a/secret"} {
		d := &door{t: t, handler: server.New(server.Options{
			Store: s, Prefix: prefix, Activity: func(string) web.Activity { return web.Activity{} }, Try: func(string) (string, error) { return "x", nil },
		})}
		seen, next := map[string]bool{}, []string{prefix + "/"}
		for len(next) > 0 && len(seen) < 200 {
			path := next[0]
			next = next[1:]
			if seen[path] {
				continue
			}
			seen[path] = true
			w := d.ask("192.0.2.1", strings.TrimSuffix(path, "?"))
			if w.Code != http.StatusOK {
				t.Errorf("%s is %d", path, w.Code)
			}
			if !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
				continue
			}
			for _, found := range addresses.FindAllStringSubmatch(w.Body.String(), -1) {
				to, _, _ := strings.Cut(strings.ReplaceAll(found[1], "&amp;", "&"), "?")
				switch {
				case strings.HasPrefix(to, "#"), strings.HasSuffix(to, "/"+web.EventsPath):
				case !strings.HasPrefix(to, prefix+"/"):
					t.Errorf("%s has a link to %s", path, found[1])
				default:
					next = append(next, to)
				}
			}
		}
		if len(seen) < 20 {
			t.Errorf("only these were found: %v", seen)
		}
		feed := d.ask("192.0.2.1", prefix+"/"+web.FeedPath)
		if err := xml.Unmarshal(feed.Body.Bytes(), new(any)); feed.Code != 200 || strings.Contains(feed.Body.String(), `href="https://hub.example:8443/image/`) != (prefix == "") {
			t.Errorf("the feed is %d, %v:\n%.600s", feed.Code, err, feed.Body)
		}
	}
}

// The page tells clients what works.
func TestThePageSaysHowToAddTheServer(t *testing.T) {
	for name, test := range map[string]struct {
		options    server.Options
		want, lack string
	}{
		"open":   {server.Options{}, "lxc remote add hub https://hub.example:8443 --public", "USER"},
		"prefix": {server.Options{Prefix: "/secret"}, "incus remote add hub https://hub.example:8443/secret --protocol simplestreams", "--public"},
		"logins": {server.Options{Access: access.Rules{Users: alice(t), NoLogin: networks(t, "192.0.2.1")}}, "lxc remote add hub https://USER:PASSWORD@hub.example:8443 --protocol simplestreams", "--public"},
	} {
		page := newDoor(t, test.options).ask("192.0.2.1", test.options.Prefix+"/").Body.String()
		if !strings.Contains(page, test.want) || strings.Contains(page, test.lack) {
			t.Errorf("%s: the page is\n%s", name, page)
		}
	}
}
