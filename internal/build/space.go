package build

import (
	"context"
	"strings"
	"syscall"
	"time"

	"lxdocker/internal/convert"
	"lxdocker/internal/durable"
	"lxdocker/internal/failure"
	"lxdocker/internal/humanize"
	"lxdocker/internal/layer"
	"lxdocker/internal/store"
)

// Disks are checked before an image is fetched: if a disk fills up in the middle, a
// download is wasted, and everything else on that disk stops, too. The size of an image is
// an estimate, and others write as well, so an image may still fail for want of space;
// published images are not harmed. Estimates for other images do not count, because they
// may be a stranger's claim.

const (
	// This much of a disk stays free when strangers ask: a twentieth, and at most a GiB.
	// For images of specs it is an eighth of that.
	mostReserve  = 1 << 30
	shareOfDisk  = 20
	lessForSpecs = 8

	// recentlyUsed is how long unused layers stay on a disk that is full.
	recentlyUsed = time.Hour
)

// disk is something that a conversion writes to, and that has only so much room: the
// cache, and a store that says so.
type disk interface {
	Space() (durable.Space, error)
}

// diskUse is what a conversion writes to one disk.
type diskUse struct {
	disks   []disk // the cache first
	folders []string
	bytes   int64
	reserve int64
	space   durable.Space
}

// room is an error if there is no room for an image: unused layers, and images on demand
// that have not been requested for a long time, are removed first, if the store is the one
// that says what is needed.
func (b *Builder) room(ctx context.Context, s store.Store, whole bool, j convert.Job, c *convert.Conversion) error {
	cache, made := c.Needs()
	if j.Room != nil {
		if err := j.Room(ctx, made, false); err != nil {
			return err
		}
	}
	uses, err := b.diskUses(s, cache, made)
	if err != nil {
		b.Log.Warn("cannot see how much room there is on the disk", "error", err)
		return nil
	}
	for _, n := range uses {
		n.reserve = min(mostReserve, n.space.Total/shareOfDisk)
		if !j.OnDemand {
			n.reserve /= lessForSpecs
		}
		if n.bytes == 0 || n.missing() <= 0 || whole && b.free(ctx, s, &n) {
			continue
		}
		// The kernel's words come first, because people look for these.
		return failure.Tell(failure.Errorf(failure.Full, "%w: converting %s writes about %s to %s, where %s are free and %s have to stay free: "+
			"make the disk larger, or remove what is not needed (--cache-size, --keep, lxdocker prune)",
			syscall.ENOSPC, j.Title(), humanize.Bytes(n.bytes), strings.Join(n.folders, " and "), humanize.Bytes(n.space.Free), humanize.Bytes(n.reserve)),
			"this server has no room for the image now: ask again later")
	}
	return nil
}

// diskUses says how much is written to each disk.
func (b *Builder) diskUses(s store.Store, cache, made int64) (uses []diskUse, err error) {
	bytes := map[disk]int64{b.Layers: cache}
	order := []disk{b.Layers}
	if d, ok := s.(disk); ok {
		bytes[d], order = made, append(order, d)
	}
next:
	for _, d := range order {
		space, err := b.spaceOf(d)
		if err != nil {
			return nil, err
		}
		for i := range uses {
			if u := &uses[i]; u.space.Device == space.Device {
				u.disks, u.folders, u.bytes = append(u.disks, d), append(u.folders, space.Folder), sum(u.bytes, bytes[d])
				continue next
			}
		}
		if space.Total == 0 {
			continue // some file systems of the network do not say
		}
		uses = append(uses, diskUse{disks: []disk{d}, folders: []string{space.Folder}, bytes: bytes[d], space: space})
	}
	return uses, nil
}

func (b *Builder) spaceOf(d disk) (durable.Space, error) {
	space, err := d.Space()
	if err == nil && b.SpaceOf != nil {
		return b.SpaceOf(space)
	}
	return space, err
}

// sum adds sizes that a manifest may claim to be anything.
func sum(a, b int64) int64 { return min(a, 1<<61) + min(b, 1<<61) }

// missing is how many bytes a disk lacks.
func (n *diskUse) missing() int64 { return sum(n.bytes, n.reserve) - n.space.Free }

// free makes room on a disk, and says whether that is enough.
func (b *Builder) free(ctx context.Context, s store.Store, n *diskUse) bool {
	if sum(n.bytes, n.reserve) > n.space.Total {
		return false // a manifest may claim anything
	}
	enough := func() bool {
		if now, err := b.spaceOf(n.disks[0]); err == nil {
			n.space = now
		}
		return n.missing() <= 0
	}
	if n.disks[0] == disk(b.Layers) {
		if err := b.freeCache(ctx, s); err != nil {
			b.Log.Warn("cannot remove layers to make room", "error", err)
		}
		if enough() {
			return true
		}
	}
	if b.Free == nil || n.disks[len(n.disks)-1] == disk(b.Layers) {
		return false
	}
	b.Free(ctx, n.missing())
	return enough()
}

// freeCache removes the layers that no current image needs, except those that were used
// within the last hour, because a conversion may be using them.
func (b *Builder) freeCache(ctx context.Context, s store.Store) error {
	var u used
	return b.collectFor(ctx, s, &u, layer.Retention{Age: recentlyUsed, Size: b.Rules().Retention.Size}, false)
}
