package hostile

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/mediatype"
)

// mostMemory is what imgserver may take whatever an image is like.
const mostMemory = 256 << 20

func TestAnImageOfLinksThatLeadThroughLinksCostsLittle(t *testing.T) {
	s := newShelf(t)
	l := newLayer(t)
	// 800 parts in each, of which the first is the next link.
	detour := strings.Repeat("d/../", 400)
	l.add(tar.Header{Typeflag: tar.TypeDir, Name: "d/"})
	for i := range 39 {
		l.add(tar.Header{Typeflag: tar.TypeSymlink, Name: fmt.Sprintf("l%02d", i), Linkname: fmt.Sprintf("l%02d/", i+1) + detour})
	}
	l.add(tar.Header{Typeflag: tar.TypeDir, Name: "l39/"})
	for i := range 1000 {
		l.file(fmt.Sprintf("l00/f%d", i), nil)
	}
	s.image(t, "links", l.done())
	newVictim(t, s).refused("links", "symbolic links", "4096").within(t, time.Second, mostMemory)
}

func TestAnImageOfManyNamesThroughOneLongLinkCostsLittle(t *testing.T) {
	s := newShelf(t)
	l := newLayer(t)
	l.add(tar.Header{Typeflag: tar.TypeDir, Name: "d/"})
	l.add(tar.Header{Typeflag: tar.TypeSymlink, Name: "l", Linkname: strings.Repeat("d/../", 800) + "d"})
	l.plain(200_000, func(i int) string { return fmt.Sprintf("l/%06d", i) })
	s.image(t, "link", l.done())
	newVictim(t, s).refused("link", "names and attributes").within(t, 3*time.Second, mostMemory)
}

func TestAnImageOfAttributesIsRefused(t *testing.T) {
	s := newShelf(t)
	l := newLayer(t)
	value := strings.Repeat("x", 60_000)
	for i := range 3000 {
		records := map[string]string{}
		for j := range 3 {
			records[fmt.Sprintf("SCHILY.xattr.user.%d", j)] = fmt.Sprint(i, j, value)
		}
		l.add(tar.Header{Typeflag: tar.TypeReg, Name: fmt.Sprint(i), PAXRecords: records})
	}
	s.image(t, "attributes", l.done())
	newVictim(t, s).refused("attributes", "names and attributes").within(t, 4*time.Second, mostMemory)
}

func TestAnImageOfAttributesInManyLayersIsRefused(t *testing.T) {
	s := newShelf(t)
	var layers []packed
	value := strings.Repeat("x", 60_000)
	for n := range 8 {
		l := newLayer(t)
		for i := range 400 {
			l.add(tar.Header{Typeflag: tar.TypeReg, Name: fmt.Sprint(n, "-", i), PAXRecords: map[string]string{"SCHILY.xattr.user.x": fmt.Sprint(n, i, value)}})
		}
		layers = append(layers, l.done())
	}
	s.image(t, "attributes", layers...)
	newVictim(t, s).refused("attributes", "names and attributes").within(t, 4*time.Second, mostMemory)
}

func TestAManifestOfMuchJSONIsRefused(t *testing.T) {
	s := newShelf(t)
	s.manifest("layers", []byte(`{"schemaVersion":2,"config":{},"layers":[`+strings.Repeat(`{},`, 1_390_000)+`{}]}`))
	s.manifest("deep", bytes.Repeat([]byte("["), 4<<20))
	s.manifest("entries", []byte(`{"schemaVersion":2,"manifests":[`+strings.Repeat(`{},`, 1_390_000)+`{}]}`))
	v := newVictim(t, s)
	for _, name := range []string{"layers", "deep", "entries"} {
		v.refused(name).within(t, 2*time.Second, mostMemory)
	}
}

func TestAConfigOfMuchJSONIsRefused(t *testing.T) {
	s := newShelf(t)
	for name, config := range map[string]string{
		"env":     `{"config":{"Env":[` + strings.Repeat(`"",`, 2_700_000) + `""]}}`,
		"volumes": `{"config":{"Volumes":{` + strings.Repeat(`"":0,`, 1_600_000) + `"":0}}}`,
		"diffids": `{"rootfs":{"diff_ids":[` + strings.Repeat(`"",`, 2_700_000) + `""]}}`,
	} {
		digest := s.put([]byte(config))
		s.manifest(name, encode(t, map[string]any{"schemaVersion": 2, "mediaType": mediatype.OCIManifest, "layers": []any{},
			"config": map[string]any{"mediaType": mediatype.OCIConfig, "digest": digest, "size": len(config)}}))
	}
	v := newVictim(t, s)
	for _, name := range []string{"env", "volumes", "diffids"} {
		v.refused(name).within(t, 2*time.Second, mostMemory)
	}
}

// sparse is a header of a file of one byte that says it has any size: GNU's old form.
func sparse(t *testing.T, l *layerWriter, name string, size int64) {
	t.Helper()
	if err := l.Flush(); err != nil {
		t.Fatal(err)
	}
	h := make([]byte, 512)
	copy(h, name)
	copy(h[100:], "0000644\x00")
	copy(h[108:], "0000000\x00")
	copy(h[116:], "0000000\x00")
	copy(h[124:], "00000000000\x00") // nothing is in the archive
	copy(h[136:], "00000000000\x00")
	h[156] = 'S'
	copy(h[257:], "ustar  \x00")
	copy(h[386:], fmt.Sprintf("%011o\x00%011o\x00", size, 0))
	h[483] = 0x80
	binary.BigEndian.PutUint64(h[487:], uint64(size))
	copy(h[148:], "        ")
	sum := 0
	for _, b := range h {
		sum += int(b)
	}
	copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
	if _, err := l.raw.Write(h); err != nil {
		t.Fatal(err)
	}
}

func TestAnImageOfHolesIsRefused(t *testing.T) {
	s := newShelf(t)
	one, many := newLayer(t), newLayer(t)
	sparse(t, one, "one", 8<<30-1) // what the form allows
	for i := range 40 {
		sparse(t, many, fmt.Sprint(i), 1<<30)
	}
	s.image(t, "one", one.done())
	s.image(t, "many", many.done())
	v := newVictim(t, s)
	v.refused("one", "expand to more than 4 GiB together, the most for layers of only").within(t, time.Second, mostMemory)
	v.refused("many", "expand to more than 4 GiB together").within(t, 8*time.Second, mostMemory)
}

func TestAnImageThatExpandsToMuchInManyLayersIsRefused(t *testing.T) {
	s := newShelf(t)
	var layers []packed
	for n := range 12 {
		l := newLayer(t)
		sparse(t, l, fmt.Sprint(n), 2<<30-int64(n))
		layers = append(layers, l.done())
	}
	s.image(t, "many", layers...)
	newVictim(t, s).refused("many", "expand to more than 4 GiB together").within(t, 8*time.Second, mostMemory)
}

func TestAnImageOfDeepFoldersCostsLittle(t *testing.T) {
	s := newShelf(t)
	l := newLayer(t)
	deep := strings.Repeat("d/", 2000)
	for i := range 1000 {
		l.file(fmt.Sprintf("%s%d", deep, i), nil)
	}
	s.image(t, "deep", l.done())
	many := newLayer(t)
	for i := range 1000 { // each has folders of its own: two million in all
		many.file(fmt.Sprintf("%d/%sx", i, deep), nil)
	}
	s.image(t, "many", many.done())
	v := newVictim(t, s)
	v.ask("deep").within(t, 2*time.Second, mostMemory)
	v.ask("many").within(t, 15*time.Second, mostMemory)
}

func TestAnImageOfHardlinksCostsLittle(t *testing.T) {
	s := newShelf(t)
	l := newLayer(t)
	const count = 50_000
	for i := range count { // each precedes its target
		l.add(tar.Header{Typeflag: tar.TypeLink, Name: fmt.Sprintf("%05d", i), Linkname: fmt.Sprintf("%05d", i+1)})
	}
	l.file(fmt.Sprintf("%05d", count), []byte("x"))
	s.image(t, "chain", l.done())
	s.image(t, "loop", func() packed {
		l := newLayer(t)
		for i := range count {
			l.add(tar.Header{Typeflag: tar.TypeLink, Name: fmt.Sprintf("%05d", i), Linkname: fmt.Sprintf("%05d", (i+1)%count)})
		}
		return l.done()
	}())
	v := newVictim(t, s)
	v.ask("chain").within(t, 2*time.Second, mostMemory)
	v.refused("loop", "leads back to itself").within(t, 2*time.Second, mostMemory)
}

func TestAnImageOfManyLayersIsRefused(t *testing.T) {
	s := newShelf(t)
	var layers []packed
	for n := range 2000 {
		l := newLayer(t)
		l.file(fmt.Sprint(n), []byte("x"))
		layers = append(layers, l.done())
	}
	s.image(t, "layers", layers...)
	newVictim(t, s).refused("layers", "layers", "500").within(t, time.Second, mostMemory)
}

func TestAnImageOfSmallLayersCostsLittle(t *testing.T) {
	s := newShelf(t)
	var layers []packed
	for n := range 499 {
		l := newLayer(t)
		l.many(100, 1+100*n, func(i int) string { return fmt.Sprintf("%03d/%02d", n, i) })
		layers = append(layers, l.done())
	}
	s.image(t, "layers", layers...)
	newVictim(t, s).ask("layers").within(t, 5*time.Second, mostMemory)
}

func TestAnImageOfEmptyGzipMembersIsRefused(t *testing.T) {
	s := newShelf(t)
	var member bytes.Buffer
	_ = gzip.NewWriter(&member).Close()
	l := newLayer(t)
	l.file("x", nil)
	p := l.done()
	p.blob = append(bytes.Repeat(member.Bytes(), 2<<20), p.blob...)
	s.image(t, "members", p)
	newVictim(t, s).refused("members", "gzip").within(t, 2*time.Second, mostMemory)
}

func TestAnImageOfSkippableFramesIsRefused(t *testing.T) {
	s := newShelf(t)
	frame := []byte{0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0}
	s.image(t, "frames", packed{mediatype.TarZstd, bytes.Repeat(frame, 4<<20), fakeSum})
	empty := []byte{0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x00, 0x01, 0x00, 0x00} // a frame without content
	s.image(t, "empty", packed{mediatype.TarZstd, bytes.Repeat(empty, 4<<20), fakeSum})
	v := newVictim(t, s)
	v.refused("frames", "zstd").within(t, 2*time.Second, mostMemory)
	v.refused("empty", "zstd").within(t, 2*time.Second, mostMemory)
}

func TestAnImageOfManySmallFilesTakesLittleMemoryAtScale(t *testing.T) {
	s := newShelf(t)
	for name, count := range map[string]int{"most": 270_000, "more": 450_000} {
		var layers []packed
		for n := range 4 {
			l := newLayer(t)
			l.many(count, 1+n*count, func(i int) string { return fmt.Sprintf("%d/%07d", n, i) })
			layers = append(layers, l.done())
		}
		s.image(t, name, layers...)
	}
	a := newVictim(t, s).ask("most")
	a.within(t, 60*time.Second, mostMemory)
	if a.status != 200 {
		t.Error("it was not made")
	}
	newVictim(t, s).refused("more", "--on-demand-files").within(t, 60*time.Second, mostMemory)
}

// What cannot be compressed is in memory twice while an image is put together.
func TestAnImageOfLongNamesAndLinksTakesLittleMemory(t *testing.T) {
	s := newShelf(t)
	name := func(i int) string { return fmt.Sprintf("%x", noiseOf(i, 127)) }
	names, links := newLayer(t), newLayer(t)
	for i := range 100_000 {
		names.add(tar.Header{Typeflag: tar.TypeReg, Name: name(i)})
	}
	for i := range 7_000 {
		links.add(tar.Header{Typeflag: tar.TypeSymlink, Name: fmt.Sprint(i), Linkname: fmt.Sprintf("%x", noiseOf(i, 2000))})
	}
	s.image(t, "names", names.done())
	s.image(t, "links", links.done())
	for _, name := range []string{"names", "links"} {
		newVictim(t, s).ask(name).within(t, 4*time.Second, mostMemory)
	}
}

func TestAnImageOfManyEmptyFilesTakesLittleMemoryAtScale(t *testing.T) {
	for name, of := range map[string]func(layer int) func(i int) string{
		"same":  func(int) func(int) string { return func(i int) string { return fmt.Sprintf("d/%07d", i) } },
		"other": func(n int) func(int) string { return func(i int) string { return fmt.Sprintf("%d/%07d", n, i) } },
	} {
		t.Run(name, func(t *testing.T) {
			s := newShelf(t)
			var layers []packed
			for n := range 3 {
				l := newLayer(t)
				l.plain(800_000, of(n))
				layers = append(layers, l.done())
			}
			s.image(t, "files", layers...)
			newVictim(t, s).refused("files", "--on-demand-files").within(t, 30*time.Second, mostMemory)
			a := newVictim(t, s, "--on-demand-files", "2500000").ask("files")
			a.within(t, 60*time.Second, mostMemory/5*6) // the flag allows more than the default
			if a.status != 200 {
				t.Error("it was not made")
			}
		})
	}
}
