package simplestreams

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestLinesAreThoseOfEncodingJSON compares objects of odd strings with what the
// standard library makes of them.
func TestLinesAreThoseOfEncodingJSON(t *testing.T) {
	odd := []string{"", "plain", `"`, `\`, "<&>", "\n\t\x00\x7f", "ä€😀", "\xff\xfe", "\u2028\u2029", "a/b:c@d", "~"}
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 0))
		pick := func() string { return odd[random.IntN(len(odd))] + odd[random.IntN(len(odd))] }
		all := map[string]map[string]string{}
		w := &lineWriter{}
		w.begin("all")
		for n := range random.IntN(4) {
			key, inner := fmt.Sprint(n, pick()), map[string]string{}
			for i := range random.IntN(4) {
				inner[fmt.Sprint(i, pick())] = pick()
			}
			all[key] = inner
			w.fields(key, inner)
		}
		w.end()
		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		e.SetIndent("", " ")
		if err := e.Encode(all); err != nil {
			t.Fatal(err)
		}
		if got := string(w.text) + "\n"; got != `"all": `+want.String() {
			t.Fatalf("seed %d:\n%s\nnot\n%s", seed, got, want.String())
		}
	}
}
