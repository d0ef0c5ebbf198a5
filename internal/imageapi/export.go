package imageapi

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"strings"

	"lxdocker/internal/catalog"
	"lxdocker/internal/image"
	"lxdocker/internal/negotiate"
	"lxdocker/internal/store"
)

// export serves the files of an image. Its header leaves at once, as LXD 5.0.2
// waits 30 seconds for it; all files are open by then, so that whatever is
// pruned meanwhile, the image arrives.
func (a *api) export(w http.ResponseWriter, r *http.Request, c *catalog.Catalog, word string) {
	v, form, err := a.exported(r, c, word)
	if err != nil {
		a.answer(w, r, nil, err)
		return
	}
	files, err := a.open(r.Context(), v, form)
	defer closeAll(files)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		a.Log.Error("cannot read a published file", "image", v.Name, "serial", v.Serial, "error", err, "id", w.Header().Get(RequestID))
		// A version that turned out to be damaged is no longer in the catalog.
		if now, e := a.Catalog(r.Context()); e != nil || has(now, form) {
			answer(w, nil, refusal{status: http.StatusInternalServerError, text: "this image cannot be read now"})
			return
		}
	}
	if err != nil {
		answer(w, nil, errNoFingerprint(form.Fingerprint))
		return
	}
	if a.Fetched != nil {
		a.Fetched(r, v)
	}
	h := w.Header()
	var body sections
	if len(files) == 1 {
		h.Set("Content-Type", "application/octet-stream")
		h.Set("Content-Disposition", "inline;filename="+filename(form, form.Files[0])) // clients need the name
		body.add(files[0], files[0].Entry.Size)
	} else {
		body = compose(form, files)
		h.Set("Content-Type", "multipart/form-data; boundary="+boundary(form))
	}
	h.Set("ETag", `"`+form.Fingerprint+`"`)
	shared := "public"
	if a.Private {
		shared = "private"
	}
	h.Set("Cache-Control", shared+", max-age=31536000, immutable") // another image has another URL
	if word != form.Fingerprint {
		h.Set("Cache-Control", "no-cache")
		if a.Private {
			h.Set("Cache-Control", "private, no-cache")
		}
	}
	negotiate.Content(w, r, v.Published(), body.reader(), body.size)
}

// exported is the image that is called so: by its fingerprint or the beginning of it, or
// by name.
func (a *api) exported(r *http.Request, c *catalog.Catalog, word string) (image.Version, image.Form, error) {
	if isFingerprint(c, word) {
		if v, form, ok := c.Fingerprinted(word); ok {
			Concerns(r, v.Title())
			return v, form, nil
		}
		return image.Version{}, image.Form{}, errNoFingerprint(word)
	}
	f, err := a.find(r, c, word)
	if err != nil {
		return image.Version{}, image.Form{}, err
	}
	return f.version, formFor(&f.version, clientOf(r.UserAgent())), nil
}

// byFingerprint is what a command line is told that exports an image by name: it would
// compare the hash of what it gets with the name (client/lxd_images.go, GetImageFile).
func (a *api) byFingerprint(r *http.Request, c *catalog.Catalog, name string) error {
	f, err := a.find(r, c, name)
	if err != nil {
		return err
	}
	fingerprint := formFor(&f.version, clientOf(r.UserAgent())).Fingerprint
	return refusal{status: http.StatusBadRequest, text: "an image is exported by its fingerprint: say REMOTE:" + fingerprint[:12]}
}

func has(c *catalog.Catalog, form image.Form) bool {
	_, _, ok := c.Fingerprinted(form.Fingerprint)
	return ok
}

// open opens all files of an image, or some and says why not all.
func (a *api) open(ctx context.Context, v image.Version, form image.Form) (files []*store.Published, err error) {
	for _, f := range form.Files {
		p, err := a.Open(ctx, v.Path(f))
		if err != nil {
			return files, err
		}
		files = append(files, p)
	}
	return files, nil
}

func closeAll(files []*store.Published) {
	for _, f := range files {
		_ = f.Close()
	}
}

// compose puts a split image together as clients read it (LXD, client/lxd_images.go): a
// part "metadata" and then a part "rootfs", in this order. Everything around the files
// depends only on the fingerprint, so that ranges of different responses fit together.
func compose(form image.Form, files []*store.Published) sections {
	var body sections
	var text bytes.Buffer
	w := multipart.NewWriter(&text)
	_ = w.SetBoundary(boundary(form)) // hex digits are what it takes; and nothing below fails in a buffer
	flush := func() {
		body.add(strings.NewReader(text.String()), int64(text.Len()))
		text.Reset()
	}
	for i, part := range []string{"metadata", "rootfs"} {
		_, _ = w.CreateFormFile(part, partname(form, files[i].Entry))
		flush()
		body.add(files[i], files[i].Entry.Size)
	}
	_ = w.Close()
	flush()
	return body
}

// boundary separates the parts. No file can have it inside: it would have to
// contain its own hash.
func boundary(form image.Form) string { return form.Fingerprint }

func partname(form image.Form, f image.File) string {
	if f.Kind == image.Metadata {
		return "meta-" + filename(form, f)
	}
	return filename(form, f)
}

// filename is what a file of an image is called away from here: the fingerprint,
// with the extension that the file has in the store.
func filename(form image.Form, f image.File) string {
	name := form.Fingerprint
	if i := strings.IndexByte(f.Name, '.'); i >= 0 {
		name += f.Name[i:]
	}
	return name
}

// sections are pieces that are read as one, without being copied together.
type sections struct {
	pieces []section
	size   int64
}

type section struct {
	io.ReaderAt
	begin, end int64 // in the whole
}

func (s *sections) add(r io.ReaderAt, size int64) {
	s.pieces = append(s.pieces, section{r, s.size, s.size + size})
	s.size += size
}

func (s sections) reader() io.ReadSeeker { return io.NewSectionReader(s, 0, s.size) }

// ReadAt implements io.ReaderAt.
func (s sections) ReadAt(p []byte, offset int64) (n int, err error) {
	for _, piece := range s.pieces {
		if offset < piece.begin || offset >= piece.end || n == len(p) {
			continue
		}
		want := p[n:min(int64(len(p)), int64(n)+piece.end-offset)]
		got, err := piece.ReadAt(want, offset-piece.begin)
		n, offset = n+got, offset+int64(got)
		if got < len(want) {
			// Not the end, or the client would take what it has for the image.
			if err == nil || errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return n, err
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
