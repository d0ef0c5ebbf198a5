package main

import (
	"bytes"
	"strings"
	"testing"

	"lxdocker/internal/oci/ocitest"
)

// TestThePagesSayWhatChangedAndWhatToDo: of an image that a spec has made twice, and then could not.
func TestThePagesSayWhatChangedAndWhatToDo(t *testing.T) {
	f := newSpecServer(t, "--schedule", "0 0 1 1 *")
	page := func(path string) string {
		t.Helper()
		r, err := f.each[0].Client.Get(f.each[0].URL + path)
		if err != nil {
			t.Fatal(err)
		}
		return body(t, r)
	}
	f.registry.push("latest", ocitest.Recipe{Layers: [][]byte{
		ocitest.Tar(t, "etc/hello", []byte("hello\n")), ocitest.Tar(t, "srv/large", bytes.Repeat([]byte("x"), 5000)),
	}}.Bake(t))
	f.write("app.yaml", "image: "+f.registry.host+"/library/app\nfiles:\n  - path: /etc/own\n    content: own\n")
	f.within("the second version", func() bool { return len(f.published()) == 2 })
	var got string
	for _, want := range []string{
		`</code> <span class="tag current">new</span></td><td>1 added (5.0 kB)</td><td data-label="Largest"><ul class="names"><li><code>srv/large</code> <span class="soft">5.0 kB</span>`,
		"<td>Of lxdocker and the spec</td><td>", "<code>etc/own</code>",
	} {
		f.within(want, func() bool { got = page("/image/app/changes"); return strings.Contains(got, want) })
	}
	if strings.Contains(got, "Layer 1 of 2") {
		t.Errorf("a layer has changed that is the same:\n%s", got)
	}
	f.write("app.yaml", "image: "+f.registry.host+"/library/app:gone\n")
	for _, path := range []string{"/activity", "/image/app"} {
		const want = "What to do:</strong> compare <code>image</code> in the spec with what the registry has"
		f.within(path+" with what to do", func() bool { return strings.Contains(page(path), want) })
	}
}
