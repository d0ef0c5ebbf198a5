package server_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"lxdocker/internal/server"
)

const header = "X-Request-Id"

// TestEveryAnswerHasANameThatTheLogHas, and errors say it in the words of whoever asks.
func TestEveryAnswerHasANameThatTheLogHas(t *testing.T) {
	d := newDoor(t, server.Options{})
	seen := map[string]bool{}
	for path, says := range map[string]string{
		"/": "", "/streams/v1/index.json": "", "/1.0": "", "/1.0/images/nginx": "", "/favicon.ico": "", "/" + d.image.Path(d.image.Files[0]): "",
		"/nothing":            "there is nothing here (request ID)\n",
		"/images/nothing":     "there is no such image file; it may have been replaced by a newer version (request ID)\n",
		"/image/nothing":      "<p class=\"soft\">Request ID</p>",
		"/1.0/images/nothing": `"metadata":{"request_id":"ID"}`,
		"/1.0/instances":      `"metadata":{"request_id":"ID"}`,
	} {
		before := d.log.Len()
		w := d.ask("192.0.2.1", path, "User-Agent: curl/7.88.1", header+": chosen")
		id := w.Header().Get(header)
		if !regexp.MustCompile(`^[0-9a-f]{16}$`).MatchString(id) || seen[id] {
			t.Errorf("%s is called %q", path, id)
		}
		seen[id] = true
		if log := d.log.String()[before:]; !strings.Contains(log, " id="+id+"\n") || strings.Count(log, "msg=request") != 1 {
			t.Errorf("%s is %s, and logged as\n%s", path, id, log)
		}
		if body := strings.ReplaceAll(w.Body.String(), id, "ID"); says != "" && !strings.Contains(body, says) || says == "" && strings.Contains(body, id) {
			t.Errorf("%s says\n%s", path, body)
		}
	}
	var refusal struct {
		Metadata map[string]string
	}
	w := d.ask("192.0.2.1", "/1.0/images/nothing")
	if err := json.Unmarshal(w.Body.Bytes(), &refusal); err != nil || refusal.Metadata["request_id"] != w.Header().Get(header) {
		t.Errorf("%s: %v", w.Body, err)
	}
}

func TestOnlyAProxyNamesRequests(t *testing.T) {
	d := newDoor(t, server.Options{Proxies: networks(t, "10.0.0.7")})
	for name, test := range map[string]struct {
		from  string
		given []string
		taken bool
	}{
		"a client":                {"192.0.2.1", []string{"4bf92f3577b34da6"}, false},
		"a proxy":                 {"10.0.0.7", []string{"4bf92f3577b34da6"}, true},
		"a proxy with a UUID":     {"10.0.0.7", []string{"0af7651a-16cd-43dd-8448-eb211c80319c"}, true},
		"a proxy without any":     {"10.0.0.7", nil, false},
		"a proxy with an empty":   {"10.0.0.7", []string{""}, false},
		"a proxy with two":        {"10.0.0.7", []string{"a", "b"}, false},
		"one that a log does not": {"10.0.0.7", []string{`a" id=b`}, false},
		"one that a page does":    {"10.0.0.7", []string{"<script>"}, false},
		"a long one":              {"10.0.0.7", []string{strings.Repeat("a", 65)}, false},
	} {
		more := []string{"X-Forwarded-For: 192.0.2.1"}
		for _, g := range test.given {
			more = append(more, header+": "+g)
		}
		got := d.ask(test.from, "/1.0", more...).Header().Get(header)
		if test.taken != (len(test.given) > 0 && got == test.given[0]) || got == "" {
			t.Errorf("%s: it is called %q", name, got)
		}
	}
}

func TestTheAccessLogSaysWhichProgramAsksForWhichImage(t *testing.T) {
	d := newDoor(t, server.Options{})
	const lxc, daemon = "LXD 5.0.2 (Linux; x86_64; 6.1.0; Debian GNU/Linux; 12)", "LXD 5.0.2 (Linux; x86_64; 6.1.0; Debian GNU/Linux; 12) (dir 1)"
	for name, test := range map[string]struct{ path, agent, program, image string }{
		"a command line":             {"/1.0/images/nginx", lxc, "lxc", "nginx"},
		"a daemon":                   {"/1.0/images/aliases/nginx", daemon, "lxd", "nginx"},
		"Incus":                      {"/1.0/images/nginx%2Farm64", strings.Replace(lxc, "LXD", "Incus", 1), "incus", "nginx/arm64"},
		"its daemon":                 {"/1.0/images/" + d.image.Fingerprint, strings.Replace(daemon, "LXD", "Incus", 1), "incusd", "nginx/amd64"},
		"an export":                  {"/1.0/images/" + d.image.Fingerprint + "/export", daemon, "lxd", "nginx/amd64"},
		"a file":                     {"/" + d.image.Path(d.image.Files[0]), "Wget/1.21", "wget", "nginx/amd64"},
		"a browser":                  {"/image/nginx", "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0", "browser", "nginx"},
		"curl":                       {"/1.0", "curl/7.88.1", "curl", ""},
		"pylxd":                      {"/1.0/images/nothing", "python-requests/2.31.0", "python", "nothing"},
		"nobody":                     {"/", "", "none", ""},
		"somebody":                   {"/", "curly/1 program=lxd", "other", ""},
		"a name that is none":        {"/1.0/images/%0a", lxc, "lxc", ""},
		"a file that is not there":   {"/images/nothing", lxc, "lxc", ""},
		"a name with signs of a log": {"/1.0/images/a%22%20id=b", lxc, "lxc", `"a\" id=b"`},
	} {
		before := d.log.Len()
		d.ask("192.0.2.1", test.path, "User-Agent: "+test.agent)
		log := d.log.String()[before:]
		image := ""
		if m := regexp.MustCompile(` image=("(?:[^"\\]|\\.)*"|\S+)`).FindStringSubmatch(log); m != nil {
			image = m[1]
		}
		if !strings.Contains(log, " program="+test.program+" ") || image != test.image {
			t.Errorf("%s: it logs\n%s", name, log)
		}
	}
}
