package squashfstest

import (
	"slices"
	"testing"
)

// ExpectTar has all readers read an image, and compares what they see with a tar
// of the same tree. That has so many names at least, and one of these files, so
// that two empty ones are not the same.
func ExpectTar(t *testing.T, image, tar string, names int, files ...string) {
	t.Helper()
	want, err := OfTar(tar)
	if err != nil {
		t.Fatal(err)
	}
	if len(want) < names || !slices.ContainsFunc(files, func(name string) bool { return want[name].Size > 0 }) {
		t.Fatalf("the tar has only %d names, or none of %q", len(want), files)
	}
	Expect(t, image, want)
	t.Logf("it has %d names", len(want))
}
