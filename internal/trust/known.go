package trust

import (
	"context"
	"strings"
	"sync"
	"time"

	"lxdocker/internal/oci"
	"lxdocker/internal/signature"
)

// maxKnown is how many images are remembered.
const maxKnown = 1000

// Evidence is what was verified of an image, and when.
type Evidence struct {
	Signatures []signature.Evidence
	At         time.Time
}

// Checker remembers what was verified: a signature that a key has made once stays one, so that
// a tag that has not moved costs no requests for its signatures. Its methods may be called by
// many at once. Now must be set.
type Checker struct {
	Now func() time.Time

	mu    sync.Mutex
	known map[[2]string]Evidence // by rule, and all digests that lead to the manifest
}

// Check is Check, with a memory. What was refused is looked at again each time.
func (c *Checker) Check(ctx context.Context, source oci.Blobs, digests []string, r signature.Rule) (Evidence, error) {
	pinned := r
	pinned.Keys = nil
	if _, err := Check(ctx, source, digests, pinned); err != nil {
		return Evidence{}, err
	}
	about := [2]string{r.ID(), strings.Join(digests, " ")}
	if e, ok := c.get(about); ok {
		return e, nil
	}
	all, err := Check(ctx, source, digests, r)
	if err != nil {
		return Evidence{}, err
	}
	e := Evidence{all, c.Now().UTC().Truncate(time.Second)}
	c.put(about, e)
	return e, nil
}

func (c *Checker) get(about [2]string) (Evidence, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.known[about]
	return e, ok
}

func (c *Checker) put(about [2]string, e Evidence) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil || len(c.known) >= maxKnown {
		c.known = map[[2]string]Evidence{}
	}
	c.known[about] = e
}
