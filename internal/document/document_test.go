package document_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"lxdocker/internal/document"
)

// item is something with a name and a state.
type item struct {
	name  string
	state int
}

func layout(rendered *int) document.Layout[item] {
	return document.Layout[item]{
		Head: "[\n", Separator: ",\n", Tail: "\n]\n", Empty: "[]\n",
		Key: func(i item) string { return i.name },
		Item: func(i item) ([]byte, error) {
			*rendered++
			if i.state < 0 {
				return nil, fmt.Errorf("it is broken")
			}
			return []byte(strings.Repeat(fmt.Sprintf("%s is %d. ", i.name, i.state), 3)), nil
		},
	}
}

// read gives both forms of a document, the compressed one unpacked by the standard
// library.
func read(t *testing.T, d *document.Document) (plain, unpacked string) {
	t.Helper()
	text, err := io.ReadAll(d.Plain())
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(d.Gzip())
	if err != nil {
		t.Fatal(err)
	}
	z.Multistream(false) // not all clients read a second one
	packed, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), string(packed)
}

func TestADocumentIsTheTextOfItsItemsWhateverItWasBefore(t *testing.T) {
	for seed := range uint64(8) {
		random := rand.New(rand.NewPCG(seed, 0))
		rendered, unused := 0, 0
		list := document.NewList(layout(&rendered))
		items := []item{}
		for range 40 {
			for range 1 + random.IntN(40) {
				change(random, &items)
			}
			d, err := list.Document(items)
			if err != nil {
				t.Fatal(err)
			}
			want, err := layout(&unused).Bytes(items)
			if err != nil {
				t.Fatal(err)
			}
			plain, unpacked := read(t, d)
			if plain != string(want) || d.Size() != int64(len(want)) {
				t.Fatalf("the text of %d items is\n%s\nnot\n%s", len(items), plain, want)
			}
			if unpacked != string(want) {
				t.Fatalf("the compressed text of %d items is\n%s\nnot\n%s", len(items), unpacked, want)
			}
		}
	}
}

// change adds an item somewhere, removes one or gives one another state.
func change(random *rand.Rand, items *[]item) {
	all := *items
	switch n := random.IntN(10); {
	case n < 6 || len(all) == 0:
		all = slices.Insert(all, random.IntN(len(all)+1), item{fmt.Sprint("item ", random.Int64()), 0})
	case n < 7:
		i := random.IntN(len(all))
		all = slices.Delete(all, i, i+1)
	default:
		all[random.IntN(len(all))].state++
	}
	*items = all
}

func TestAChangeRendersOnlyWhatIsAroundIt(t *testing.T) {
	rendered := 0
	list := document.NewList(layout(&rendered))
	var items []item
	for n := range 10_000 {
		items = append(items, item{fmt.Sprint(n), 0})
	}
	if _, err := list.Document(items); err != nil || rendered != len(items) {
		t.Fatal(rendered, err)
	}
	for _, change := range []func(){
		func() { items[5000].state++ },
		func() { items = slices.Delete(items, 7000, 7001) },
		func() { items = slices.Insert(items, 100, item{"more", 0}) },
		func() { items = items[1:] },
	} {
		change()
		rendered = 0
		if _, err := list.Document(items); err != nil || rendered > 600 {
			t.Errorf("%d items were rendered, %v", rendered, err)
		}
	}
}

func TestBothFormsCanBeReadFromAnyPlace(t *testing.T) {
	rendered := 0
	var items []item
	for n := range 300 {
		items = append(items, item{fmt.Sprint(n), n})
	}
	d, err := document.NewList(layout(&rendered)).Document(items)
	if err != nil {
		t.Fatal(err)
	}
	for what, form := range map[string]func() *io.SectionReader{"text": d.Plain, "gzip": d.Gzip} {
		whole, err := io.ReadAll(form())
		if err != nil {
			t.Fatal(err)
		}
		r := form()
		for range 500 {
			from := rand.IntN(len(whole))
			p := make([]byte, rand.IntN(3000))
			n, err := r.ReadAt(p, int64(from))
			if want := whole[from:min(len(whole), from+len(p))]; !bytes.Equal(p[:n], want) || (err != nil) != (n < len(p)) {
				t.Fatalf("%s: %d bytes from %d: %d, %v", what, len(p), from, n, err)
			}
		}
	}
}

func TestTheTagIsThatOfTheText(t *testing.T) {
	rendered := 0
	tag := func(items ...item) string {
		d, err := document.NewList(layout(&rendered)).Document(items)
		if err != nil {
			t.Fatal(err)
		}
		return d.Tag()
	}
	one, same := tag(item{"a", 1}, item{"b", 2}), tag(item{"a", 1}, item{"b", 2})
	if one != same || tag(item{"a", 1}) == tag(item{"a", 2}) || tag() == tag(item{"a", 1}) {
		t.Error("it is not")
	}
}

func TestAnItemThatCannotBeRenderedIsNamed(t *testing.T) {
	rendered := 0
	if _, err := document.NewList(layout(&rendered)).Document([]item{{"a", 1}, {"b", -1}}); err == nil || !strings.Contains(err.Error(), "rendering b: it is broken") {
		t.Errorf("the error is %v", err)
	}
}

func TestATextIsADocument(t *testing.T) {
	for _, want := range []string{"", "x", strings.Repeat("long ", 100_000)} {
		if plain, unpacked := read(t, document.New([]byte(want))); plain != want || unpacked != want {
			t.Errorf("%.10q is %.10q and %.10q", want, plain, unpacked)
		}
	}
}

func TestDocumentsCanBeJoined(t *testing.T) {
	rendered := 0
	list, err := document.NewList(layout(&rendered)).Document(catalog(100))
	if err != nil {
		t.Fatal(err)
	}
	text, _ := read(t, list)
	want := "head\n" + text + text + "tail"
	d := document.Join(document.New([]byte("head\n")), list, document.New(nil), list, document.New([]byte("tail")))
	if plain, unpacked := read(t, d); plain != want || unpacked != want {
		t.Errorf("it is %s, and %s", plain, unpacked)
	}
	if plain, unpacked := read(t, document.Join()); plain+unpacked != "" {
		t.Errorf("none are %s", plain)
	}
}

// catalog has items like those of a catalog: mostly hashes.
func catalog(n int) (items []item) {
	for i := range n {
		items = append(items, item{fmt.Sprintf("%064x", rand.Uint64()), i})
	}
	return items
}

func BenchmarkDocument(b *testing.B) {
	rendered := 0
	items := catalog(10_000)
	list := document.NewList(layout(&rendered))
	d, err := list.Document(items)
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("%d bytes", d.Size())
	for n := range b.N {
		items[n%len(items)].state++
		if _, err := list.Document(items); err != nil {
			b.Fatal(err)
		}
	}
}
