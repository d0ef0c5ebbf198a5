package rootfs_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"lxdocker/internal/failure"
	"lxdocker/internal/rootfs"
)

func TestLayersTogetherHaveLimits(t *testing.T) {
	for want, c := range map[string]struct {
		limits rootfs.Limits
		layer  layer
	}{
		"expand to more than 9 bytes together, the limit of x": {rootfs.Limits{Bytes: 9, BytesWhy: "the limit of x"}, layer{file("a", "12345")}},
		"more than 4 files and directories together":           {rootfs.Limits{Entries: 4}, layer{file("d/e/a", "")}},
		"more than 900 bytes together; y allows":               {rootfs.Limits{Metadata: 900, FilesBy: "y"}, layer{file(strings.Repeat("n", 100), "")}},
	} {
		tree := rootfs.New()
		tree.Limits = c.limits
		if err := tree.Apply(context.Background(), c.layer.all()); err != nil {
			t.Errorf("%s: the first layer: %v", want, err)
		}
		err := tree.Apply(context.Background(), c.layer.all())
		if err == nil || failure.KindOf(err) != failure.TooLarge || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: the second: %v", want, err)
		}
	}
}

// TestATreeThatIsLargerThanExpectedIsNotMade: directories that have no entry, and names.
func TestATreeThatIsLargerThanExpectedIsNotMade(t *testing.T) {
	for _, c := range []struct {
		name     string
		expected rootfs.Limits
		larger   bool
	}{
		{"as expected", rootfs.Limits{Entries: 4, Metadata: 1000}, false},
		{"more directories", rootfs.Limits{Entries: 3, Metadata: 1000}, true},
		{"longer names", rootfs.Limits{Entries: 4, Metadata: 100}, true},
	} {
		tree := rootfs.New()
		tree.Limits = rootfs.Limits{Expected: &c.expected}
		if err := tree.Apply(context.Background(), layer{file("a/b/c/d", "")}.all()); errors.Is(err, rootfs.ErrLarger) != c.larger {
			t.Errorf("%s: %v", c.name, err)
		}
		tree.Limits.Entries, tree.Limits.FilesBy = 1, "x"
		if err := tree.Apply(context.Background(), layer{file("a/b/c/d", "")}.all()); err == nil || failure.KindOf(err) != failure.TooLarge {
			t.Errorf("%s, and beyond its limit: %v", c.name, err)
		}
	}
}

func TestLinksOnTheWayHaveTheLengthOfAPath(t *testing.T) {
	at := func(n int) error {
		l := layer{dir("d")}
		for i := range 9 {
			l = append(l, symlink(fmt.Sprintf("l%d", i), fmt.Sprintf("l%d/", i+1)+strings.Repeat("./", n/2)))
		}
		l = append(l, symlink("l9", "d"), file("l0/a", ""))
		_, err := build(l)
		return err
	}
	if err := at(400); err != nil {
		t.Error(err)
	}
	if err := at(460); err == nil || failure.KindOf(err) != failure.Corrupt || !strings.Contains(err.Error(), "more than the 4096 bytes") {
		t.Errorf("of 460 bytes each: %v", err)
	}
}

func TestWorkOnATreeEndsWithItsContext(t *testing.T) {
	var l layer
	for i := range 20_000 {
		l = append(l, file(fmt.Sprint("d/", i*7919%20_000), ""))
	}
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(why)
	if err := rootfs.New().Apply(ctx, l.all()); !errors.Is(err, why) {
		t.Errorf("Apply: %v", err)
	}
	tree := mustBuild(t, l)
	if err := tree.Sort(ctx); !errors.Is(err, why) {
		t.Errorf("Sort: %v", err)
	}
	before := list(tree)
	if err := tree.Sort(context.Background()); err != nil {
		t.Fatal(err)
	}
	expect(t, tree, before...)
}
