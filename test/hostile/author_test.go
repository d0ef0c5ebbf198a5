package hostile

import (
	"testing"
	"time"

	"lxdocker/test/hostile/bomb"
)

// mostMemory is what imgserver may take whatever an image is like.
const mostMemory = 256 << 20

// shelfWith is a registry that has one image.
func shelfWith(t *testing.T, name string, layers []bomb.Packed) *shelf {
	s := newShelf(t)
	s.Image(name, layers...)
	return s
}

func TestAnImageOfLinksThatLeadThroughLinksCostsLittle(t *testing.T) {
	t.Parallel()
	s := shelfWith(t, "links", bomb.LinksThroughLinks())
	newVictim(t, s).refused("links", "symbolic links", "4096").within(t, time.Second, mostMemory)
}

func TestAnImageOfManyNamesThroughOneLongLinkCostsLittle(t *testing.T) {
	t.Parallel()
	s := shelfWith(t, "link", bomb.NamesThroughALink())
	newVictim(t, s).refused("link", "names and attributes").within(t, 3*time.Second, mostMemory)
}

func TestAnImageOfAttributesIsRefused(t *testing.T) {
	t.Parallel()
	s := shelfWith(t, "attributes", bomb.Attributes())
	newVictim(t, s).refused("attributes", "names and attributes").within(t, 4*time.Second, mostMemory)
}

func TestAnImageOfAttributesInManyLayersIsRefused(t *testing.T) {
	t.Parallel()
	s := shelfWith(t, "attributes", bomb.AttributesInLayers())
	newVictim(t, s).refused("attributes", "names and attributes").within(t, 4*time.Second, mostMemory)
}

func TestAManifestOfMuchJSONIsRefused(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	for name, text := range bomb.Manifests() {
		s.Manifest(name, bomb.Blob{text})
	}
	v := newVictim(t, s)
	for name := range bomb.Manifests() {
		v.refused(name).within(t, 2*time.Second, mostMemory)
	}
}

func TestAConfigOfMuchJSONIsRefused(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	for name, text := range bomb.Configs() {
		s.Config(name, bomb.Blob{text})
	}
	v := newVictim(t, s)
	for name := range bomb.Configs() {
		v.refused(name).within(t, 2*time.Second, mostMemory)
	}
}

func TestAnImageOfHolesIsRefused(t *testing.T) {
	t.Parallel()
	s := shelfWith(t, "one", bomb.Hole())
	s.Image("many", bomb.Holes()...)
	v := newVictim(t, s)
	v.refused("one", "expand to more than 4 GiB together, the most for layers of only").within(t, time.Second, mostMemory)
	v.refused("many", "expand to more than 4 GiB together").within(t, 8*time.Second, mostMemory)
}

func TestAnImageThatExpandsToMuchInManyLayersIsRefused(t *testing.T) {
	t.Parallel()
	s := shelfWith(t, "many", bomb.HolesInLayers())
	newVictim(t, s).refused("many", "expand to more than 4 GiB together").within(t, 8*time.Second, mostMemory)
}

func TestAnImageOfDeepFoldersCostsLittleAtScale(t *testing.T) {
	s := shelfWith(t, "deep", bomb.DeepFolders())
	s.Image("many", bomb.ManyDeepFolders()...)
	v := newVictim(t, s)
	v.ask("deep").within(t, 2*time.Second, mostMemory)
	v.ask("many").within(t, 15*time.Second, mostMemory)
}

func TestAnImageOfHardlinksCostsLittle(t *testing.T) {
	t.Parallel()
	s := shelfWith(t, "chain", bomb.HardlinkChain())
	s.Image("loop", bomb.HardlinkRing()...)
	v := newVictim(t, s)
	v.ask("chain").within(t, 2*time.Second, mostMemory)
	v.refused("loop", "leads back to itself").within(t, 2*time.Second, mostMemory)
}

func TestAnImageOfManyLayersIsRefused(t *testing.T) {
	t.Parallel()
	s := shelfWith(t, "layers", bomb.ManyLayers())
	newVictim(t, s).refused("layers", "layers", "500").within(t, time.Second, mostMemory)
}

func TestAnImageOfSmallLayersCostsLittleAtScale(t *testing.T) {
	s := shelfWith(t, "layers", bomb.SmallLayers())
	newVictim(t, s).ask("layers").within(t, 5*time.Second, mostMemory)
}

func TestAnImageOfEmptyGzipMembersIsRefused(t *testing.T) {
	t.Parallel()
	s := shelfWith(t, "members", bomb.EmptyMembers())
	newVictim(t, s).refused("members", "gzip").within(t, 2*time.Second, mostMemory)
}

func TestAnImageOfSkippableFramesIsRefused(t *testing.T) {
	t.Parallel()
	s := shelfWith(t, "frames", bomb.SkippableFrames())
	s.Image("empty", bomb.EmptyFrames()...)
	v := newVictim(t, s)
	v.refused("frames", "zstd").within(t, 2*time.Second, mostMemory)
	v.refused("empty", "zstd").within(t, 2*time.Second, mostMemory)
}

func TestAnImageOfManySmallFilesTakesLittleMemoryAtScale(t *testing.T) {
	s := shelfWith(t, "most", bomb.SmallFiles(200_000))
	s.Image("more", bomb.SmallFiles(450_000)...)
	a := newVictim(t, s).ask("most")
	a.within(t, 60*time.Second, mostMemory)
	if a.status != 200 {
		t.Error("it was not made")
	}
	newVictim(t, s).refused("more", "--on-demand-files").within(t, 60*time.Second, mostMemory)
}

// What cannot be compressed is in memory twice while an image is put together.
func TestAnImageOfLongNamesAndLinksTakesLittleMemoryAtScale(t *testing.T) {
	s := shelfWith(t, "names", bomb.LongNames())
	s.Image("links", bomb.LongLinks()...)
	for _, name := range []string{"names", "links"} {
		newVictim(t, s).ask(name).within(t, 4*time.Second, mostMemory)
	}
}

func TestAnImageOfManyEmptyFilesTakesLittleMemoryAtScale(t *testing.T) {
	for name, layers := range map[string]func() []bomb.Packed{"same": bomb.SameFiles, "other": bomb.OtherFiles} {
		t.Run(name, func(t *testing.T) {
			s := shelfWith(t, "files", layers())
			newVictim(t, s).refused("files", "--on-demand-files").within(t, 30*time.Second, mostMemory)
			a := newVictim(t, s, "--on-demand-files", "2500000").ask("files")
			a.within(t, 60*time.Second, mostMemory/5*6) // the flag allows more than the default
			if a.status != 200 {
				t.Error("it was not made")
			}
		})
	}
}
