package imageapi

import (
	"cmp"
	"fmt"
	"maps"

	"lxdocker/internal/arch"
	"lxdocker/internal/image"
)

// lastForm says whether the last form of a version is for a client: where there is
// one with a tarball, it is for Incus alone, as in simplestreams. Incus from 6.13 on
// loses capabilities of files in a squashfs.
func (c client) lastForm() bool { return c.family == incus }

// formFor gives the form of a version that is for a client.
func formFor(v *image.Version, c client) image.Form {
	forms := v.Forms()
	if c.lastForm() {
		return forms[len(forms)-1]
	}
	return forms[0]
}

func entryOf(name string, v *image.Version, c client) aliasEntry {
	return aliasEntry{Name: name, Description: descriptionOf(v), Target: formFor(v, c).Fingerprint, Type: "container"}
}

func describe(v *image.Version, form image.Form, c client, aliases []string) imageInfo {
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
func properties(v *image.Version, c client) map[string]string {
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

func descriptionOf(v *image.Version) string {
	labels := v.Labels()
	return cmp.Or(v.Description, fmt.Sprintf("%s %s (%s)", labels.OS, labels.Release, v.Architecture))
}
