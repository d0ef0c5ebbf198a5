package lxdimage

import (
	"archive/tar"
	"fmt"
	"io"
	"time"

	"github.com/ulikunitz/xz"
	"go.yaml.in/yaml/v4"
)

// Metadata describes an image.
type Metadata struct {
	Architecture string // as Arch gives it
	CreationDate int64  // seconds since 1970; LXD refuses 0
	Properties   map[string]string
	Templates    []Template
	ShmSize      int64 // of /dev/shm where the daemon mounts it, in bytes; 0 is 64 MiB
}

// Template is a file the daemon writes into an instance. Source: LXD
// doc/image-handling, "metadata.yaml"; the language is pongo2.
type Template struct {
	Path    string   // in the instance: "/etc/hostname"
	When    []string // "create", "copy", "rename", "start"
	Name    string   // in templates/: "hostname.tpl"
	Content []byte
}

// YAML gives metadata.yaml. Keys are sorted, so the same metadata is the same bytes.
func (m Metadata) YAML() ([]byte, error) {
	type template struct {
		When       []string          `yaml:"when"`
		CreateOnly bool              `yaml:"create_only"`
		Template   string            `yaml:"template"`
		Properties map[string]string `yaml:"properties"`
	}
	templates := make(map[string]template, len(m.Templates))
	for _, t := range m.Templates {
		templates[t.Path] = template{When: t.When, Template: t.Name, Properties: map[string]string{}}
	}
	out, err := yaml.Marshal(struct {
		Architecture string              `yaml:"architecture"`
		CreationDate int64               `yaml:"creation_date"`
		ExpiryDate   int64               `yaml:"expiry_date"` // 0: never
		Properties   map[string]string   `yaml:"properties"`
		Templates    map[string]template `yaml:"templates"`
	}{m.Architecture, m.CreationDate, 0, m.Properties, templates})
	if err != nil {
		return nil, fmt.Errorf("writing metadata.yaml: %w", err)
	}
	return out, nil
}

// writeEntries adds metadata.yaml, config.json and the templates. They come first in
// every archive, because LXD stops reading an upload once it has what it needs (T23).
func (m Metadata) writeEntries(w *tar.Writer) error {
	stamp := time.Unix(m.CreationDate, 0)
	for _, f := range []struct {
		name string
		make func() ([]byte, error)
	}{{"metadata.yaml", m.YAML}, {"config.json", m.ContainerJSON}} {
		data, err := f.make()
		if err != nil {
			return err
		}
		if err := writeFile(w, f.name, data, stamp); err != nil {
			return err
		}
	}
	dir := tar.Header{Typeflag: tar.TypeDir, Name: "templates/", Mode: 0o755, ModTime: stamp}
	if err := w.WriteHeader(&dir); err != nil {
		return fmt.Errorf("writing templates/: %w", err)
	}
	for _, t := range m.Templates {
		if err := writeFile(w, "templates/"+t.Name, t.Content, stamp); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(w *tar.Writer, name string, data []byte, stamp time.Time) error {
	h := tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(data)), ModTime: stamp}
	if err := w.WriteHeader(&h); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	if _, err := w.Write(data); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

// dictionary is how far back xz looks, in bytes. The archive is shorter, nearly always. The
// 8 MiB that are usual take 48 MiB of memory for every image.
const dictionary = 64 << 10

// writeArchive writes the metadata alone, as lxd.tar.xz.
func (m Metadata) writeArchive(out io.Writer) error {
	packed, err := xz.WriterConfig{DictCap: dictionary}.NewWriter(out)
	if err != nil {
		return fmt.Errorf("starting xz: %w", err)
	}
	w := tar.NewWriter(packed)
	if err := m.writeEntries(w); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("ending the metadata archive: %w", err)
	}
	if err := packed.Close(); err != nil {
		return fmt.Errorf("ending the metadata archive: %w", err)
	}
	return nil
}
