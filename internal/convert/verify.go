package convert

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"lxdocker/internal/failure"
	"lxdocker/internal/signature"
	"lxdocker/internal/trust"
)

// verified is which rules an image satisfies, and by what.
type verified struct {
	rules    []string // their IDs, sorted
	pinned   []string // digests that rules name
	evidence []trust.Evidence
}

// The properties of a version that say what was verified of it. They are not in the image:
// its bytes do not depend on who has signed it.
const (
	verifiedKeys   = "lxdocker.verified.keys"   // fingerprints, with commas between them
	verifiedDigest = "lxdocker.verified.digest" // those that were signed, or asked for
	verifiedTime   = "lxdocker.verified.time"
)

// rulesOf are what a job has to satisfy: all of them.
func (c *Converter) rulesOf(j Job) (all []signature.Rule, err error) {
	if c.Trust != nil {
		r, err := c.Trust(j.Ref)
		if err != nil {
			return nil, err
		}
		if r != nil {
			all = append(all, *r)
		}
	}
	if j.Verify != nil {
		all = append(all, *j.Verify)
	}
	return all, nil
}

// idsOf names rules, whatever their order.
func idsOf(rules []signature.Rule) (all []string) {
	for _, r := range rules {
		all = append(all, r.ID())
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// verify refuses an image that is not signed as it has to be, before anything of it is
// fetched but its documents.
func (c *Conversion) verify(ctx context.Context) error {
	rules, err := c.converter.rulesOf(c.Job)
	if err != nil {
		return c.refused(err)
	}
	c.verified = verified{rules: idsOf(rules)}
	for _, r := range rules {
		var e trust.Evidence
		why := failure.Publicf(failure.Unavailable, "the registry takes longer than %v for its signatures", resolving)
		err := limited(ctx, resolving, why, func(ctx context.Context) (err error) {
			e, err = c.converter.checker.Check(ctx, c.source.Blobs, c.source.Chain, r)
			return err
		})
		if err != nil {
			return c.refused(err)
		}
		if r.Digest != "" {
			c.verified.pinned = append(c.verified.pinned, r.Digest)
		}
		c.verified.evidence = append(c.verified.evidence, e)
	}
	return nil
}

// refused is the error of an image that does not satisfy a rule.
func (c *Conversion) refused(err error) error {
	what := "verifying " + c.source.Reference.String()
	if failure.KindOf(err) == failure.Untrusted {
		what = "not trusted: " + c.source.Reference.String()
	}
	text := failure.PublicText(err)
	if err = fmt.Errorf("%s: %w", what, err); text == "" {
		return err
	}
	return failure.Tell(err, what+": "+text)
}

// published are the properties of the version: those of the image, and what was verified.
func (c *Conversion) published() map[string]string {
	if len(c.verified.rules) == 0 {
		return c.properties()
	}
	all := maps.Clone(c.properties())
	if all == nil {
		all = map[string]string{}
	}
	var keys []string
	var at time.Time
	digests := slices.Clone(c.verified.pinned)
	for _, e := range c.verified.evidence {
		at = e.At
		for _, s := range e.Signatures {
			keys, digests = append(keys, s.Key.Fingerprint), append(digests, s.Digest)
		}
	}
	for name, values := range map[string][]string{verifiedKeys: keys, verifiedDigest: digests} {
		slices.Sort(values)
		if values = slices.Compact(values); len(values) > 0 {
			all[name] = strings.Join(values, ", ")
		}
	}
	all[verifiedTime] = at.Format(time.RFC3339)
	return all
}
