package imageapi

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"lxdocker/internal/arch"
	"lxdocker/internal/catalog"
	"lxdocker/internal/image"
)

// formFor gives the form of a version that is for a client: where there is one
// with a tarball, it is for Incus alone, as in simplestreams. Incus from 6.13 on
// loses capabilities of files in a squashfs.
func formFor(v image.Version, c client) image.Form {
	forms := v.Forms()
	if c.family == incus {
		return forms[len(forms)-1]
	}
	return forms[0]
}

func entryOf(name string, v image.Version, c client) aliasEntry {
	return aliasEntry{Name: name, Description: descriptionOf(v), Target: formFor(v, c).Fingerprint, Type: "container"}
}

func describe(v image.Version, form image.Form, c client, aliases []string) imageInfo {
	out := imageInfo{
		Fingerprint: form.Fingerprint, Architecture: arch.KernelName(v.Architecture), Type: "container", Public: true,
		Filename:  filename(form, form.Files[len(form.Files)-1]),
		CreatedAt: v.Published(), UploadedAt: v.Published(),
		Aliases: []imageAlias{}, Profiles: []string{}, Properties: properties(v, c),
	}
	for _, f := range form.Files {
		out.Size += f.Size
	}
	for _, a := range aliases {
		out.Aliases = append(out.Aliases, imageAlias{Name: a})
	}
	return out
}

// properties are those that clients of simplestreams make up, some of our own,
// and over all of them what the spec says.
func properties(v image.Version, c client) map[string]string {
	labels := v.Labels()
	all := map[string]string{
		"os": labels.OS, "release": labels.Release, "variant": labels.Variant, "version": labels.Version,
		"architecture": v.Architecture, "serial": v.Serial, "description": descriptionOf(v),
	}
	if c.applications() {
		all["type"] = "oci"
	}
	if v.Source != "" {
		all["lxdocker.ref"] = image.SourceName(v.Source)
	}
	if v.SourceDigest != "" {
		all["lxdocker.digest"] = v.SourceDigest
	}
	for key, value := range v.Requirements {
		all["requirements."+key] = value
	}
	maps.Copy(all, v.Properties)
	return all
}

func descriptionOf(v image.Version) string {
	labels := v.Labels()
	return cmp.Or(v.Description, fmt.Sprintf("%s %s (%s)", labels.OS, labels.Release, v.Architecture))
}

// aliasesOf gives the aliases of the products whose current version is an image.
func aliasesOf(c catalog.Catalog, fingerprint string) (all []string) {
	for _, p := range c.Products {
		if v := p.Current(); v.Fingerprint == fingerprint || v.TarballFingerprint == fingerprint {
			all = append(all, p.Aliases...)
		}
	}
	return all
}

// recursive says whether a list is wanted in full: by any number but 0, as there
// are no more than two ways to show these.
func recursive(r *http.Request) bool {
	s := r.URL.Query().Get("recursion")
	return s != "" && s[0] >= '1' && s[0] <= '9'
}

// listImages lists what every product offers, for all architectures, in the
// form that is for the client. Filters are not known, nor said to be.
func listImages(c catalog.Catalog, r *http.Request) any {
	asks, full := clientOf(r.UserAgent()), recursive(r)
	images, urls, seen := []imageInfo{}, []string{}, map[string]bool{}
	for _, p := range c.Products {
		form := formFor(p.Current(), asks)
		if seen[form.Fingerprint] {
			continue // two products are the same image
		}
		seen[form.Fingerprint] = true
		urls = append(urls, "/1.0/images/"+form.Fingerprint)
		if full {
			images = append(images, describe(p.Current(), form, asks, aliasesOf(c, form.Fingerprint)))
		}
	}
	if full {
		return images
	}
	return urls
}

// listAliases lists each alias once. Of several architectures it is the
// client's, else one that such machines run, else the first.
func (a *api) listAliases(c catalog.Catalog, r *http.Request) any {
	asks := clientOf(r.UserAgent())
	chosen := map[string]catalog.Product{}
	for _, p := range c.Products {
		for _, alias := range p.Aliases {
			s := search{catalog: c, name: alias, arch: asks.archOr(a.Architecture)}
			if best, ok := s.product(); ok {
				chosen[alias] = best
			} else if _, ok := chosen[alias]; !ok {
				chosen[alias] = p
			}
		}
	}
	entries, urls := []aliasEntry{}, []string{}
	for _, alias := range slices.Sorted(maps.Keys(chosen)) {
		urls = append(urls, "/1.0/images/aliases/"+url.PathEscape(alias))
		entries = append(entries, entryOf(alias, chosen[alias].Current(), asks))
	}
	if recursive(r) {
		return entries
	}
	return urls
}
