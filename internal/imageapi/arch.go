package imageapi

import "slices"

// architecture is one that LXD and Incus know, under all its names.
type architecture struct {
	name   string   // LXD's word, that of the store and of simplestreams
	kernel string   // the kernel's word: what an image's description has to say
	others []string // what else people and OCI call it
	runs   []string // what its kernels run beside it (LXD: personalities), the best first
}

// architectures leave out "arm": OCI means armv7 by it, LXD armv6.
var architectures = []architecture{
	{"amd64", "x86_64", []string{"x86-64"}, []string{"i386"}},
	{"arm64", "aarch64", nil, []string{"armhf", "armv8l", "armel"}},
	{"armel", "armv6l", []string{"armv6"}, nil},
	{"armhf", "armv7l", []string{"armv7"}, []string{"armel"}},
	{"armv8l", "armv8l", nil, []string{"armhf", "armel"}},
	{"i386", "i686", []string{"386", "i586", "x86"}, nil},
	{"loongarch64", "loongarch64", []string{"loong64"}, nil},
	{"ppc64el", "ppc64le", nil, nil},
	{"riscv64", "riscv64", nil, nil},
	{"s390x", "s390x", nil, nil},
}

// archOf reads any word for an architecture.
func archOf(word string) (architecture, bool) {
	i := slices.IndexFunc(architectures, func(a architecture) bool {
		return a.name == word || a.kernel == word || slices.Contains(a.others, word)
	})
	if i < 0 {
		return architecture{}, false
	}
	return architectures[i], true
}

// kernelWord gives the kernel's word for one of LXD's.
func kernelWord(name string) string {
	if a, ok := archOf(name); ok {
		return a.kernel
	}
	return name
}
