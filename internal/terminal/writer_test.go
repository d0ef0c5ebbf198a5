package terminal_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"

	"lxdocker/internal/terminal"
)

func TestAWriterShowsWhatControlsTerminals(t *testing.T) {
	for in, want := range map[string]string{
		"image\tgrößer ☃ 日本\n": "image\tgrößer ☃ 日本\n",
		"a\x1b[2Jb":            `a\u001b[2Jb`,
		"a\rb\x07\x7f":         `a\u000db\u0007\u007f`,
		"a\u009b31mb":          `a\u009b31mb`,
		"a\u202eb\u2066":       `a\u202eb\u2066`,
		"a\u2028b\ufeff":       `a\u2028b\ufeff`,
		"a\U000e0001b":         `a\udb40\udc01b`,
		"a\xffb\xc3(":          "a\ufffdb\ufffd(",
		"no-break\u00a0space":  "no-break\u00a0space",
	} {
		var whole, pieces bytes.Buffer
		if n, err := terminal.NewWriter(&whole).Write([]byte(in)); n != len(in) || err != nil {
			t.Errorf("writing %q: %d, %v", in, n, err)
		}
		w := terminal.NewWriter(&pieces)
		for _, b := range []byte(in) {
			if _, err := w.Write([]byte{b}); err != nil {
				t.Error(err)
			}
		}
		if whole.String() != want || pieces.String() != want {
			t.Errorf("%q is written as %q, and byte by byte as %q, not %q", in, &whole, &pieces, want)
		}
	}
}

func TestAWriterPassesErrorsOn(t *testing.T) {
	for _, text := range []string{"plain", "\x1b"} {
		if _, err := terminal.NewWriter(failing{}).Write([]byte(text)); err == nil {
			t.Errorf("writing %q to what fails is no error", text)
		}
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, iotest.ErrTimeout }

func TestWhatIsBelowAWriter(t *testing.T) {
	if w := terminal.Below(terminal.NewWriter(os.Stderr)); w != os.Stderr {
		t.Errorf("below a Writer is %v", w)
	}
	if w := terminal.Below(os.Stderr); w != os.Stderr {
		t.Errorf("below a file is %v", w)
	}
}

// Whatever somebody else's text is, JSON says the same to a program, and nothing to a
// terminal.
func FuzzWriter(f *testing.F) {
	f.Add("a\u202eb\x1b\U000e0001")
	f.Fuzz(func(t *testing.T, text string) {
		var out bytes.Buffer
		if err := json.NewEncoder(terminal.NewWriter(&out)).Encode(text); err != nil {
			t.Fatal(err)
		}
		hidden := func(c rune) bool { return !unicode.IsGraphic(c) && c != '\n' }
		if i := strings.IndexFunc(out.String(), hidden); i >= 0 {
			t.Errorf("%q is written as %q", text, &out)
		}
		var back string
		if err := json.Unmarshal(out.Bytes(), &back); err != nil || back != string([]rune(text)) {
			t.Errorf("%q comes back as %q, %v", text, back, err)
		}
	})
}
