package simplestreams

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"lxdocker/internal/catalog"
	"lxdocker/internal/document"
	"lxdocker/internal/image"
)

// Paths below the server's URL. Clients cache each file under the last word of
// its path, so these must differ.
const (
	IndexPath  = "streams/v1/index.json"
	ImagesPath = "streams/v1/images.json"
)

func id(p *catalog.Product) string { return p.Name + ":" + p.Architecture }

// Index is the layout of index.json. Clients skip the one file that it lists when
// products is empty, and else do not look into products.
func Index() document.Layout[*catalog.Product] {
	const head = `{
 "format": "index:1.0",
 "index": {
  "images": {
   "datatype": "image-downloads",
   "format": "products:1.0",
   "path": "` + ImagesPath + `",
   "products": [`
	const tail = `]
  }
 }
}
`
	return document.Layout[*catalog.Product]{
		Head: head + "\n    ", Separator: ",\n    ", Tail: "\n   " + tail, Empty: head + tail,
		Key: id, Item: func(p *catalog.Product) ([]byte, error) { return json.Marshal(id(p)) },
	}
}

// Images is the layout of images.json.
func Images() document.Layout[*catalog.Product] {
	const head = `{
 "content_id": "images",
 "datatype": "image-downloads",
 "format": "products:1.0",
 "products": {`
	const tail = `}
}
`
	return document.Layout[*catalog.Product]{
		Head: head + "\n  ", Separator: ",\n  ", Tail: "\n " + tail, Empty: head + tail,
		Key: id, Item: renderProduct,
	}
}

// Render returns the bytes of index.json and images.json.
func Render(c *catalog.Catalog) (index, images []byte, err error) {
	if index, err = Index().Bytes(c.Products()); err != nil {
		return nil, nil, fmt.Errorf("rendering %s: %w", IndexPath, err)
	}
	if images, err = Images().Bytes(c.Products()); err != nil {
		return nil, nil, fmt.Errorf("rendering %s: %w", ImagesPath, err)
	}
	return index, images, nil
}

// RenderVersions renders what a store with these versions offers, as
// store.UpdateStreams wants it.
func RenderVersions(versions []image.Version) (index, images []byte, err error) {
	return Render(catalog.New(versions))
}

// renderProduct gives a product's lines of images.json.
func renderProduct(p *catalog.Product) ([]byte, error) {
	described, err := describe(p)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("  ", " ")
	err = e.Encode(described)
	return slices.Concat(strconv.AppendQuote(nil, id(p)), []byte(": "), bytes.TrimSuffix(b.Bytes(), []byte("\n"))), err
}

// describe says what clients show and search by.
func describe(p *catalog.Product) (product, error) {
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
			return slices.ContainsFunc(p.Versions, func(o *image.Version) bool { return o.Serial == serial })
		})
		if err != nil {
			return product{}, err
		}
		out.Versions[v.Serial] = version{Items: items}
	}
	return out, nil
}

func requirements(v *image.Version) map[string]string {
	if v.Requirements == nil {
		return map[string]string{}
	}
	return v.Requirements
}
