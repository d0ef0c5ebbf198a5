package forwarded_test

import (
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"lxdocker/internal/server/forwarded"
)

func trusted(a netip.Addr) bool {
	for _, p := range []string{"127.0.0.1/32", "10.0.0.0/24", "fd00::/64"} {
		if netip.MustParsePrefix(p).Contains(a) {
			return true
		}
	}
	return false
}

func TestWhoAsks(t *testing.T) {
	for name, test := range map[string]struct {
		peer    string
		headers []string // NAME: VALUE
		client  string
		plain   bool
		err     error
	}{
		"a stranger's headers mean nothing": {peer: "192.0.2.1", headers: []string{"X-Forwarded-For: 10.0.0.1", "X-Forwarded-Proto: http", "Forwarded: for=10.0.0.1;proto=http"}, client: "192.0.2.1"},
		"nor does a stranger's rubbish":     {peer: "192.0.2.1", headers: []string{"X-Forwarded-For: ,,", `Forwarded: "`}, client: "192.0.2.1"},
		"a proxy without headers":           {peer: "127.0.0.1", client: "127.0.0.1"},
		"a proxy's client":                  {peer: "127.0.0.1", headers: []string{"X-Forwarded-For: 192.0.2.1"}, client: "192.0.2.1"},
		"a client that adds an address":     {peer: "127.0.0.1", headers: []string{"X-Forwarded-For: 198.51.100.9, 192.0.2.1"}, client: "192.0.2.1"},
		"a client that adds a proxy's":      {peer: "127.0.0.1", headers: []string{"X-Forwarded-For: 10.0.0.1, 192.0.2.1"}, client: "192.0.2.1"},
		"a client that adds rubbish":        {peer: "127.0.0.1", headers: []string{"X-Forwarded-For: rubbish, 192.0.2.1"}, client: "192.0.2.1"},
		"two proxies":                       {peer: "127.0.0.1", headers: []string{"X-Forwarded-For: 198.51.100.9, 192.0.2.1, 10.0.0.7"}, client: "192.0.2.1"},
		"two lines":                         {peer: "127.0.0.1", headers: []string{"X-Forwarded-For: 198.51.100.9", "X-Forwarded-For: 192.0.2.1 , 10.0.0.7"}, client: "192.0.2.1"},
		"a client among the proxies":        {peer: "127.0.0.1", headers: []string{"X-Forwarded-For: 10.0.0.9, 10.0.0.7"}, client: "10.0.0.9"},
		"ports":                             {peer: "127.0.0.1", headers: []string{"X-Forwarded-For: 192.0.2.1:4711"}, client: "192.0.2.1"},
		"IPv6":                              {peer: "fd00::1", headers: []string{"X-Forwarded-For: 2001:db8::1"}, client: "2001:db8::1"},
		"IPv6 with a port":                  {peer: "fd00::1", headers: []string{"X-Forwarded-For: [2001:db8::1]:80"}, client: "2001:db8::1"},
		"IPv4 in IPv6":                      {peer: "::ffff:127.0.0.1", headers: []string{"X-Forwarded-For: ::ffff:192.0.2.1"}, client: "192.0.2.1"},
		"nobody knows who asks":             {peer: "127.0.0.1", headers: []string{"X-Forwarded-For: 192.0.2.1, unknown"}, err: forwarded.ErrUnknown},
		"an empty header":                   {peer: "127.0.0.1", headers: []string{"X-Forwarded-For: "}, err: forwarded.ErrUnknown},
		"plain HTTP":                        {peer: "127.0.0.1", headers: []string{"X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: http"}, client: "192.0.2.1", plain: true},
		"HTTPS":                             {peer: "127.0.0.1", headers: []string{"X-Forwarded-Proto: https"}, client: "127.0.0.1"},
		"HTTPS as far as the second proxy":  {peer: "127.0.0.1", headers: []string{"X-Forwarded-Proto: https, http"}, client: "127.0.0.1"},
		"the standard header":               {peer: "127.0.0.1", headers: []string{`Forwarded: for=198.51.100.9, For="192.0.2.1:80";Proto=http;by=10.0.0.3`}, client: "192.0.2.1", plain: true},
		"IPv6 in it":                        {peer: "127.0.0.1", headers: []string{`Forwarded: for="[2001:db8::1]:4711"; proto=https`}, client: "2001:db8::1"},
		"an obfuscated name in it":          {peer: "127.0.0.1", headers: []string{`Forwarded: for=192.0.2.1, for=_hidden`}, err: forwarded.ErrUnknown},
		"an element without for":            {peer: "127.0.0.1", headers: []string{`Forwarded: for=192.0.2.1, proto=https`}, err: forwarded.ErrUnknown},
		"a comma in quotes":                 {peer: "127.0.0.1", headers: []string{`Forwarded: for=192.0.2.1;by="a, for=10.0.0.1"`}, client: "192.0.2.1"},
		"quotes that do not end":            {peer: "127.0.0.1", headers: []string{`Forwarded: for="192.0.2.1`}, err: forwarded.ErrUnknown},
		"both, and they agree":              {peer: "127.0.0.1", headers: []string{"X-Forwarded-For: 192.0.2.1", "Forwarded: for=192.0.2.1"}, client: "192.0.2.1"},
		"both, one of them a client's":      {peer: "127.0.0.1", headers: []string{"X-Forwarded-For: 192.0.2.1", "Forwarded: for=10.0.0.1"}, err: forwarded.ErrTwo},
		"the other one a client's":          {peer: "127.0.0.1", headers: []string{"X-Forwarded-For: 10.0.0.1", "Forwarded: for=192.0.2.1"}, err: forwarded.ErrTwo},
	} {
		t.Run(name, func(t *testing.T) {
			h := http.Header{}
			for _, line := range test.headers {
				name, value, _ := strings.Cut(line, ": ")
				h.Add(name, value)
			}
			got, err := forwarded.Of(h, netip.MustParseAddr(test.peer), trusted)
			if !errors.Is(err, test.err) {
				t.Fatalf("got %v, want %v", err, test.err)
			}
			if err == nil && (got.Client.String() != test.client || got.Plain != test.plain) {
				t.Errorf("got %s, plain: %v", got.Client, got.Plain)
			}
		})
	}
}

// Whatever somebody sends to a proxy that adds an address, that address is who asks.
func FuzzNobodyIsSomebodyElse(f *testing.F) {
	f.Add("10.0.0.1, 127.0.0.1", "for=10.0.0.1")
	f.Add(`"`, `for="\`)
	f.Fuzz(func(t *testing.T, sent, standard string) {
		h := http.Header{"X-Forwarded-For": {sent, "192.0.2.1"}}
		if standard != "" {
			h["Forwarded"] = []string{standard}
		}
		got, err := forwarded.Of(h, netip.MustParseAddr("127.0.0.1"), trusted)
		if err == nil && got.Client != netip.MustParseAddr("192.0.2.1") {
			t.Errorf("%q and %q are %s", sent, standard, got.Client)
		}
	})
}
