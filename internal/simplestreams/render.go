package simplestreams

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"lxdocker/internal/catalog"
	"lxdocker/internal/image"
)

// Paths below the server's URL. Clients cache each file under the last word of
// its path, so these must differ.
const (
	IndexPath  = "streams/v1/index.json"
	ImagesPath = "streams/v1/images.json"
)

// Render returns the bytes of index.json and images.json.
func Render(c catalog.Catalog) (index, images []byte, err error) {
	products := products{ContentID: "images", DataType: "image-downloads", Format: "products:1.0", Products: map[string]product{}}
	names := []string{} // never null: some readers want a list
	for _, p := range c.Products {
		rendered, err := renderProduct(p)
		if err != nil {
			return nil, nil, fmt.Errorf("rendering %s for %s: %w", p.Name, p.Architecture, err)
		}
		id := p.Name + ":" + p.Architecture
		names = append(names, id)
		products.Products[id] = rendered
	}
	if index, err = encode(newIndex(names)); err != nil {
		return nil, nil, fmt.Errorf("rendering %s: %w", IndexPath, err)
	}
	if images, err = encode(products); err != nil {
		return nil, nil, fmt.Errorf("rendering %s: %w", ImagesPath, err)
	}
	return index, images, nil
}

// RenderVersions renders what a store with these versions offers, as
// store.UpdateStreams wants it.
func RenderVersions(versions []image.Version) (index, images []byte, err error) {
	return Render(catalog.New(versions))
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	err := e.Encode(v)
	return b.Bytes(), err
}

// renderProduct says what clients show and search by.
func renderProduct(p catalog.Product) (product, error) {
	// Other properties of an image cannot travel in this format.
	current, labels := p.Current(), p.Current().Labels()
	out := product{
		Aliases:         strings.Join(p.Aliases, ","),
		Arch:            p.Architecture,
		OS:              labels.OS,
		Release:         labels.Release,
		ReleaseTitle:    labels.Release,
		Variant:         labels.Variant,
		Version:         labels.Version,
		LXDRequirements: requirements(current),
		Requirements:    requirements(current),
		Versions:        map[string]version{},
	}
	for _, v := range p.Versions {
		items, err := renderItems(v, func(serial string) bool {
			return slices.ContainsFunc(p.Versions, func(o image.Version) bool { return o.Serial == serial })
		})
		if err != nil {
			return product{}, err
		}
		out.Versions[v.Serial] = version{Items: items}
	}
	return out, nil
}

func requirements(v image.Version) map[string]string {
	if v.Requirements == nil {
		return map[string]string{}
	}
	return v.Requirements
}
