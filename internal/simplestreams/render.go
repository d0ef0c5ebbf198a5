package simplestreams

import (
	"encoding/json"
	"fmt"
	"slices"

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

// RenderProducts renders what a store with these products offers, as
// store.UpdateStreams wants it.
func RenderProducts(all map[image.Product]image.Packed) (index, images []byte, err error) {
	return Render(catalog.New(all))
}

// renderProduct gives a product's lines of images.json.
func renderProduct(p *catalog.Product) ([]byte, error) {
	// Other properties of an image cannot travel in this format.
	offered := p.Versions()
	current := offered[0]
	labels := current.Labels()
	out := product{
		aliases: p.Aliases, arch: p.Architecture, requirements: current.Requirements,
		os: labels.OS, release: labels.Release, variant: labels.Variant, version: labels.Version,
	}
	for _, v := range offered {
		items, err := itemsOf(v, func(serial string) bool {
			return slices.ContainsFunc(offered, func(o *image.Version) bool { return o.Serial == serial })
		})
		if err != nil {
			return nil, err
		}
		out.versions = append(out.versions, version{v.Serial, items})
	}
	return out.lines(id(p)), nil
}
