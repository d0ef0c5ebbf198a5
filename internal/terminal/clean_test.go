package terminal

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"plain text":                   {"denied", "denied"},
		"nothing":                      {"", ""},
		"letters of any script":        {"größer ☃", "größer ☃"},
		"several lines":                {" a\r\n\tb \n", "a b"},
		"an escape sequence":           {"a\x1b[31mb", "a?[31mb"},
		"text that runs backwards":     {"a\u202eb", "a?b"},
		"bytes that are no characters": {"a\xff\xfeb", "a??b"},
		"as much as there may be":      {strings.Repeat("ä", 20), strings.Repeat("ä", 20)},
		"more than there may be":       {strings.Repeat("ä", 21), strings.Repeat("ä", 20) + "…"},
		"very much":                    {strings.Repeat("ä", 1000), strings.Repeat("ä", 20) + "…"},
		"much white space":             {strings.Repeat(" ", 1000) + "x", "…"},
		"very much that is not shown":  {strings.Repeat("\x00", 1000) + "x", strings.Repeat("?", 20) + "…"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Clean(c.in, 20); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestCleanInPlaceKeepsColumns(t *testing.T) {
	for in, want := range map[string]string{
		"user: web":       "user: web",
		"user:\tö\x1bc":   "user:\tö\ufffdc",
		"a\u202eb\xffc":   "a\ufffdb\ufffdc",
		"\ufeffuser:\x00": "\ufffduser:\ufffd",
	} {
		if got := CleanInPlace(in); got != want {
			t.Errorf("%q is shown as %q, not %q", in, got, want)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\x1b[31mb\n\xff")
	f.Fuzz(func(t *testing.T, s string) {
		for what, shown := range map[string]string{"Clean": Clean(s, 50), "CleanInPlace": CleanInPlace(strings.ReplaceAll(s, "\t", " "))} {
			if !utf8.ValidString(shown) || strings.ContainsFunc(shown, unicode.IsControl) {
				t.Errorf("%s shows %q as %q", what, s, shown)
			}
		}
		if n := utf8.RuneCountInString(Clean(s, 50)); n > 51 {
			t.Errorf("%q has %d characters", s, n)
		}
		if in, out := utf8.RuneCountInString(s), utf8.RuneCountInString(CleanInPlace(s)); in != out {
			t.Errorf("%q has %d characters, not %d", s, out, in)
		}
	})
}
