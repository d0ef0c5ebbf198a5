//go:build e2e

package page

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"lxdocker/internal/contents"
	"lxdocker/internal/image"
)

// unnoted is an image of which nobody noted what is in it.
const unnoted = "home-assistant"

// OpenContents makes a note of what could be in a version: more, and other, with each.
func (s *shelf) OpenContents(_ context.Context, id image.ID) (io.ReadCloser, error) {
	all := s.now.Product(id.Product)
	n := slices.IndexFunc(all, func(v image.Version) bool { return v.Serial == id.Serial })
	if n < 0 || id.Name == unnoted {
		return nil, fs.ErrNotExist
	}
	var b bytes.Buffer
	w, err := contents.NewWriter(&b)
	if err != nil {
		return nil, err
	}
	files := map[string]string{"var/lib/dpkg/status": packages(n), "etc/" + id.Name + "/" + id.Name + ".conf": fmt.Sprint("conf", n/2), "usr/bin/" + id.Name + "-server": strings.Repeat("x", 1000*(n+1))}
	for i := range 12 {
		files[fmt.Sprintf("usr/share/doc/%s/CHANGES-%d.txt", id.Name, i)] = strings.Repeat("text ", 300*(1+i)+n*(i%3)*40)
		files[fmt.Sprintf("usr/lib/%s-%d.%d/plugins/plugin-%d.so", id.Name, n+1, n, i)] = strings.Repeat("code", 20_000+i*n)
	}
	kinds := map[string]contents.Kind{".": contents.Dir}
	for path := range files {
		kinds[path] = contents.File
		for i, c := range path {
			if c == '/' {
				kinds[path[:i]] = contents.Dir
			}
		}
	}
	paths := make([]string, 0, len(kinds))
	for path := range kinds {
		paths = append(paths, path)
	}
	slices.SortFunc(paths, func(a, b string) int {
		return strings.Compare(strings.ReplaceAll(strings.TrimPrefix(a, "."), "/", "\x00"), strings.ReplaceAll(strings.TrimPrefix(b, "."), "/", "\x00"))
	})
	for _, path := range paths {
		text := files[path]
		e := contents.Entry{Path: path, Kind: kinds[path], Mode: 0o755, Size: int64(len(text))}
		if e.Kind == contents.File {
			copy(e.Sum[:], sum(text))
			e.Layer = layerOf(path, len(all[n].Layers))
		}
		if err := w.Add(e, func() io.Reader { return strings.NewReader(text) }); err != nil {
			return nil, err
		}
	}
	return io.NopCloser(&b), w.Close()
}

// layerOf puts what changes often above what does not; settings are of the spec.
func layerOf(path string, layers int) int {
	switch top, _, _ := strings.Cut(path, "/"); {
	case top == "etc":
		return 0
	case top == "var":
		return 1
	case strings.HasPrefix(path, "usr/share/"):
		return 1 + layers/2
	}
	return layers
}

// packages is a database of dpkg.
func packages(n int) string {
	var b strings.Builder
	for i, name := range []string{"apt", "base-files", "bash", "ca-certificates", "coreutils", "curl", "gpgv", "libc6", "libgnutls30", "libssl3", "openssl", "perl-base", "tzdata", "zlib1g"} {
		fmt.Fprintf(&b, "Package: %s\nStatus: install ok installed\nArchitecture: amd64\nVersion: %d.%d-%d+deb12u%d\n\n", name, i%3+1, i, i%2+1, n*(i%4/2)+i%3*n+1)
	}
	if n > 0 {
		fmt.Fprintf(&b, "Package: libproc2-0\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2:4.0.%d\n\n", n)
	} else {
		b.WriteString("Package: libreadline7\nStatus: install ok installed\nArchitecture: amd64\nVersion: 7.0-5\n\n")
	}
	return b.String()
}
