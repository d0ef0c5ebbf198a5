package imageapi

import (
	"net/url"
	"strings"
	"testing"
	"unicode"
)

func TestName(t *testing.T) {
	long := strings.Repeat("ü", longestName/2)
	tests := map[string]struct {
		escaped string
		want    name
		err     error
	}{
		"a word":                            {"nginx", name{"nginx", "nginx", ""}, nil},
		"slashes escaped, as clients do":    {"library%2Fnginx:1.27", name{"library/nginx:1.27", "library/nginx:1.27", ""}, nil},
		"slashes unescaped by a proxy":      {"library/nginx:1.27", name{"library/nginx:1.27", "library/nginx:1.27", ""}, nil},
		"all that can be escaped":           {"%6eginx%3A1%40sha256%3Aab", name{"nginx:1@sha256:ab", "nginx:1@sha256:ab", ""}, nil},
		"a digest":                          {"ghcr.io%2Fo%2Fn:1@sha256:ab", name{"ghcr.io/o/n:1@sha256:ab", "ghcr.io/o/n:1@sha256:ab", ""}, nil},
		"a port":                            {"localhost:5000%2Fnginx", name{"localhost:5000/nginx", "localhost:5000/nginx", ""}, nil},
		"LXD's word for an architecture":    {"nginx%2Farmhf", name{"nginx/armhf", "nginx", "armhf"}, nil},
		"the kernel's":                      {"nginx/aarch64", name{"nginx/aarch64", "nginx", "arm64"}, nil},
		"OCI's":                             {"library%2Fnginx:1.27%2F386", name{"library/nginx:1.27/386", "library/nginx:1.27", "i386"}, nil},
		"an architecture is the last word":  {"arm64%2Fnginx", name{"arm64/nginx", "arm64/nginx", ""}, nil},
		"an architecture alone is a name":   {"arm64", name{"arm64", "arm64", ""}, nil},
		"nothing before an architecture":    {"%2Farm64", name{"/arm64", "/arm64", ""}, nil},
		"arm can be two, and is a name":     {"nginx%2Farm", name{"nginx/arm", "nginx/arm", ""}, nil},
		"a variant is a name":               {"nginx/arm/v7", name{"nginx/arm/v7", "nginx/arm/v7", ""}, nil},
		"a plus is a plus":                  {"g++", name{"g++", "g++", ""}, nil},
		"escaped once, unescaped once":      {"a%252Fb", name{"a%2Fb", "a%2Fb", ""}, nil},
		"the longest":                       {long, name{long, long, ""}, nil},
		"the longest, escaped":              {url.PathEscape(long), name{long, long, ""}, nil},
		"nothing":                           {"", name{}, errNameEmpty},
		"too long":                          {long + "x", name{}, errNameLength},
		"too long to be looked at":          {strings.Repeat("%41", 10*longestName), name{}, errNameLength},
		"a control character":               {"a%0Ab", name{}, errNameText},
		"the end of a C string":             {"a%00", name{}, errNameText},
		"a terminal's escape":               {"%1B[31mred", name{}, errNameText},
		"what turns the reading round":      {"a%E2%80%AEb", name{}, errNameText},
		"not UTF-8":                         {"a%ff", name{}, errNameText},
		"an escape that is none":            {"a%zz", name{}, errNameText},
		"a Latin-1 control character alone": {"%C2%9B", name{}, errNameText},
	}
	for what, test := range tests {
		t.Run(what, func(t *testing.T) {
			got, err := parseName(test.escaped)
			if got != test.want || err != test.err {
				t.Errorf("%q is %+v, %v", test.escaped, got, err)
			}
		})
	}
}

func FuzzName(f *testing.F) {
	for _, s := range []string{"nginx", "library/nginx:1.27/arm64", "a%2Fb", "%", "\x00", "\xff", "a@sha256:ab", "/386", "%1b", "x/x86-64"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := parseName(s)
		if err != nil && n != (name{}) {
			t.Errorf("%q is %+v and an error", s, n)
		}
		if err == nil && (n.whole == "" || len(n.whole) > longestName || strings.IndexFunc(n.whole, unicode.IsControl) >= 0 || strings.ToValidUTF8(n.whole, "") != n.whole) {
			t.Errorf("%q is %q", s, n.whole)
		}
		if word, ok := strings.CutPrefix(n.whole, n.base+"/"); ok != (n.arch != "") || !ok && n.whole != n.base || ok && (n.base == "" || strings.Contains(word, "/")) {
			t.Errorf("%q is %+v", s, n)
		}
		// What a client escapes and what a proxy unescapes again are one name.
		escaped, err2 := parseName(url.PathEscape(s))
		if err2 == nil && escaped.whole != s {
			t.Errorf("%q came as %q", s, escaped.whole)
		}
		if !strings.Contains(s, "%") && (escaped != n || err != err2) {
			t.Errorf("%q is %+v, %v, but escaped %+v, %v", s, n, err, escaped, err2)
		}
	})
}
