package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"lxdocker/internal/failure"
	"lxdocker/internal/oci"
)

// layoutFile is a file of a layout or an archive.
type layoutFile struct {
	io.ReadCloser
	size int64
}

// files is the files of a layout, in a folder or in an archive. Names have
// slashes and no leading one. A missing file is a *missingError.
type files interface {
	file(name string) (layoutFile, error)
}

// missingError is a file that a layout or an archive should have.
type missingError struct{ name string }

func (e *missingError) Error() string        { return e.name + " is not there" }
func (e *missingError) Is(target error) bool { return target == fs.ErrNotExist }

// FailureKind is NotFound.
func (e *missingError) FailureKind() failure.Kind { return failure.NotFound }

// localError classifies the error of a file.
func localError(path string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if strings.Contains(path, "$") {
		err = fmt.Errorf("%w (variables are not expanded here)", err)
	}
	return failure.New(failure.NotFound, err)
}

// folder is a layout in a folder. No symbolic link leads out of it.
type folder string

func (dir folder) file(name string) (layoutFile, error) {
	root, err := os.OpenRoot(string(dir))
	if err != nil {
		return layoutFile{}, err
	}
	defer root.Close()
	// Non-blocking, as opening a FIFO would otherwise wait for its writer.
	f, err := root.OpenFile(filepath.FromSlash(name), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return layoutFile{}, &missingError{name}
	} else if err != nil {
		return layoutFile{}, err
	}
	st, err := f.Stat()
	if err != nil || !st.Mode().IsRegular() {
		_ = f.Close()
		return layoutFile{}, errors.Join(err, failure.Errorf(failure.Corrupt, "%s is no regular file", name))
	}
	return layoutFile{f, st.Size()}, nil
}

// readFile returns a whole file of at most limit bytes.
func readFile(from files, name string, limit int64) ([]byte, error) {
	f, err := from.file(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if f.size > limit {
		return nil, failure.Errorf(failure.TooLarge, "%s has %d bytes; more than %d are not read", name, f.size, limit)
	}
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return b, nil
}

// layout is an OCI image layout (OCI image-spec image-layout.md) as an oci.Source.
type layout struct {
	files files
}

func blobName(digest string) string {
	return "blobs/sha256/" + strings.TrimPrefix(digest, "sha256:")
}

// Manifest implements oci.Source.
func (l layout) Manifest(_ context.Context, d oci.Descriptor) ([]byte, error) {
	return l.document(d, oci.MaxManifest)
}

// Config implements oci.Source.
func (l layout) Config(_ context.Context, d oci.Descriptor) ([]byte, error) {
	return l.document(d, oci.MaxConfig)
}

func (l layout) document(d oci.Descriptor, limit int64) ([]byte, error) {
	b, err := readFile(l.files, blobName(d.Digest), limit)
	if err != nil {
		return nil, err
	}
	if got := oci.DigestOf(b); got != d.Digest {
		return nil, failure.Errorf(failure.Corrupt, "%s has the digest %s", blobName(d.Digest), got)
	}
	return b, d.CheckSize(b)
}

// Open implements oci.Blobs.
func (l layout) Open(_ context.Context, layer oci.Layer) (io.ReadCloser, error) {
	f, err := l.files.file(blobName(layer.Digest))
	if err != nil {
		return nil, err
	}
	return f.ReadCloser, nil
}

// Close closes the archive, if it is one.
func (l layout) Close() error {
	if c, ok := l.files.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// index checks oci-layout and returns the entries of index.json.
func (l layout) index() ([]oci.Descriptor, error) {
	raw, err := readFile(l.files, "oci-layout", oci.MaxManifest)
	if err != nil {
		return nil, err
	}
	var marker struct {
		Version string `json:"imageLayoutVersion"`
	}
	if err := json.Unmarshal(raw, &marker); err != nil {
		return nil, failure.Errorf(failure.Corrupt, "reading oci-layout: %w", err)
	}
	if !strings.HasPrefix(marker.Version, "1.") {
		return nil, failure.Errorf(failure.Unsupported, "reading oci-layout: version %q is not known", clean(marker.Version))
	}
	if raw, err = readFile(l.files, "index.json", oci.MaxManifest); err != nil {
		return nil, err
	}
	doc, err := oci.ParseDocument(raw)
	if err != nil {
		return nil, fmt.Errorf("reading index.json: %w", err)
	}
	if doc.Manifest != nil {
		return nil, failure.Errorf(failure.Corrupt, "reading index.json: it is no index")
	}
	return doc.Entries, nil
}

// layout finds the image in a layout.
func (r resolver) layout(ctx context.Context, l layout) (*oci.Image, error) {
	entries, err := l.index()
	if err != nil {
		return nil, err
	}
	chosen, name, err := chooseEntries(entries, r.ref.Name())
	if err != nil {
		return nil, err
	}
	return oci.Find(ctx, l, chosen, r.ref.Named(name), r.platform, r.log)
}

// chooseEntries returns the entries of index.json that are the image called
// ref: one, or one per platform; and how the layout calls it, "" if it does not.
func chooseEntries(entries []oci.Descriptor, ref string) (picked []oci.Descriptor, name string, err error) {
	choices := make([]choice, 0, len(entries))
	for i, e := range entries {
		if e.Attestation() {
			continue
		}
		platform := ""
		if e.Platform != nil {
			platform = e.Platform.OS + "/" + oci.Platform{Architecture: e.Platform.Architecture, Variant: e.Platform.Variant}.String()
		}
		choices = append(choices, choice{
			position: i,
			digest:   e.Digest,
			platform: platform,
			names: present(
				e.Annotations["io.containerd.image.name"],
				e.Annotations["org.opencontainers.image.ref.name"],
			),
		})
	}
	if d, ok := strings.CutPrefix(ref, "@"); ok && oci.ValidDigest(d) {
		// Any image of the layout, even inside an index.
		if i := slices.IndexFunc(choices, func(c choice) bool { return c.digest == d }); i >= 0 {
			name = choices[i].called("")
		}
		return []oci.Descriptor{{Digest: d}}, name, nil
	}
	chosen, err := choose(choices, ref)
	if err != nil {
		return nil, "", err
	}
	for _, c := range chosen {
		picked = append(picked, entries[c.position])
	}
	return picked, chosen[0].called(""), nil // its names are spellings of one
}

// folder finds the image in a layout that is a folder.
func (r resolver) folder(ctx context.Context) (*oci.Image, error) {
	path := r.ref.Path()
	if st, err := os.Stat(path); err != nil {
		return nil, localError(path, err)
	} else if !st.IsDir() {
		return nil, failure.Errorf(failure.NotFound, "%s is no folder: for a file, use oci-archive: or docker-archive:", path)
	}
	img, err := r.layout(ctx, layout{folder(path)})
	var missing *missingError
	if errors.As(err, &missing) && missing.name == "oci-layout" {
		return nil, failure.Errorf(failure.NotFound, "%s is no OCI layout: %w", path, err)
	}
	return img, err
}
