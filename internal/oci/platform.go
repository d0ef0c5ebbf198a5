package oci

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"lxdocker/internal/arch"
)

// Platform is a processor, named as by OCI and Go (package arch has the names), with its
// variant, such as v7 of arm. The operating system is always linux.
type Platform struct {
	Architecture string
	Variant      string
}

// String returns the platform as docker --platform writes it, with the
// operating system: linux/arm/v7.
func (p Platform) String() string {
	s := "linux/" + p.Architecture
	if p.Variant != "" {
		s += "/" + p.Variant
	}
	return s
}

// normal returns p in the words of the OCI image specification: names that
// other tools use for the same processors are replaced, and a variant that only
// says "the usual one" is left out, except for arm, where v7 is the usual one
// and must not be confused with v6 (T12).
func (p Platform) normal() Platform {
	architecture, variant := strings.ToLower(p.Architecture), strings.ToLower(p.Variant)
	if a, ok := arch.ByOldName(architecture); ok {
		architecture, variant = a.OCI, cmp.Or(a.Variant, variant)
	}
	if level, ok := parseLevel(variant); ok {
		variant = "v" + strings.TrimPrefix(variant, "v") // arm images of 2016 say "7"
		if architecture != "arm" && level == usualLevel(architecture) {
			variant = ""
		}
	} else if variant == "" && architecture == "arm" {
		variant = "v7"
	}
	return Platform{architecture, variant}
}

// usualLevel is the level of an architecture without a variant, times 100; 0 if its
// variants are not levels.
func usualLevel(architecture string) int {
	switch architecture {
	case "amd64":
		return 100
	case "arm":
		return 700
	case "arm64":
		return 800
	}
	return 0
}

// parseLevel reads v7, 8, v8.2 as 700, 800, 802.
func parseLevel(variant string) (int, bool) {
	major, minor, dotted := strings.Cut(strings.TrimPrefix(variant, "v"), ".")
	n, err := strconv.ParseUint(major, 10, 7)
	if err != nil {
		return 0, false
	}
	m := uint64(0)
	if dotted {
		if m, err = strconv.ParseUint(minor, 10, 6); err != nil {
			return 0, false
		}
	}
	return int(n*100 + m), true
}

// newerPenalty is added to the distance of variants newer than the wanted one: they
// are taken only if there is nothing else.
const newerPenalty = 10_000

// distance returns how well an image for have fits a request for want: 0 is best,
// false means that it would not run. Newer processors run code for older ones, so
// arm v7 accepts v6 and v5, the nearest first. Code for a newer one is accepted only
// if no variant was requested, since the machine may be new enough.
func distance(want, have Platform) (int, bool) {
	w, h := want.normal(), have.normal()
	if w.Architecture != h.Architecture {
		return 0, false
	}
	if w.Variant == h.Variant {
		return 0, true
	}
	wl, wok := level(w)
	hl, hok := level(h)
	switch {
	case wok && hok && hl <= wl:
		return wl - hl, true
	case wok && hok && want.Variant == "":
		return newerPenalty + hl - wl, true
	case wok && hok:
		return 0, false
	case h.Variant == "": // for all variants
		return 1, true
	case w.Variant == "":
		return newerPenalty, true
	}
	return 0, false
}

func level(p Platform) (int, bool) {
	usual := usualLevel(p.Architecture)
	if usual == 0 {
		return 0, false
	}
	if p.Variant == "" {
		return usual, true
	}
	return parseLevel(p.Variant)
}

// nearest returns the elements that fit want, the best first. Equal ones keep their
// order, as with Docker. have returns the platform of an element.
func nearest[E any](want Platform, all []E, have func(E) Platform) []E {
	type ranked struct {
		distance int
		e        E
	}
	var fit []ranked
	for _, e := range all {
		if d, ok := distance(want, have(e)); ok {
			fit = append(fit, ranked{d, e})
		}
	}
	slices.SortStableFunc(fit, func(a, b ranked) int { return cmp.Compare(a.distance, b.distance) })
	best := make([]E, len(fit))
	for i, f := range fit {
		best[i] = f.e
	}
	return best
}
