package server_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lxdocker/internal/arch"
	"lxdocker/internal/convert"
	"lxdocker/internal/hub"
	"lxdocker/internal/image"
	"lxdocker/internal/oci"
	"lxdocker/internal/server"
	"lxdocker/internal/store"
)

// What specs are called, what patterns allow, and what strangers ask for: all that looks
// like something else.
var (
	specNames = []string{"julia", "web", "x", "amd64", "cafecafecafe", "tool", "nginx"}
	aliases   = []string{"web", "julia", "x", "julia:latest", "nginx", "library/julia", "web/amd64", "ghcr.io/o/n", "one/i386", "julia/arm64", "cafecafecafe"}
	archs     = []string{"amd64", "arm64", "i386", "armhf"}
	patterns  = []string{"**", "library/*", "julia/*", "julia", "ghcr.io/**", "docker.io/**", "nginx", "web:*", "web", "nginx@" + nginxDigest, "foo.bar/*", "ghcr.io:0443/o/n", "amd64/*", "one/*"}
	asked     = []string{
		"julia", "julia/arm64", "julia/arm64:latest", "julia/arm64/arm64", "julia/arm64/amd64", "julia/aarch64", "library/julia", "docker.io/julia", "docker.io/julia/arm64",
		"julia:latest", "julia:latest/arm64", "web", "web/amd64", "web/amd64/amd64", "web:1", "web:1/i386", "ghcr.io/o/n", "ghcr.io/o/n/arm64", "GHCR.io:443/o/n", "ghcr.io.:0443/o/n/arm64:latest",
		"nginx@" + nginxDigest, "nginx:9@" + nginxDigest, "nginx:made-up@" + nginxDigest + "/arm64", "nginx", "nginx:1", "amd64", "amd64/arm64", "amd64/amd64", "arm64/amd64", "cafecafecafe", "cafecafecafe/arm64",
		"library/cafecafecafe", "oci:latest", "docker.io/oci:latest", "foo.bar/x", "docker.io/foo.bar/x", "one/i386", "one", "x", "x/x86_64", "tool", "tool/386", "x/arm",
	}
)

const nginxDigest = "sha256:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"

// market is a store of specs' images, and a converter that makes whatever it is asked for.
type market struct {
	mu       sync.Mutex
	versions []image.Version
}

func (m *market) publish(v image.Version, meaning string) image.Version {
	sum := sha256.Sum256([]byte(meaning))
	v.Fingerprint = hex.EncodeToString(sum[:])
	v.Serial = fmt.Sprintf("20261123_%06d", 100000+len(m.versions))
	v.Files = []image.File{{Kind: image.Metadata, Name: "lxd.tar.xz", SHA256: v.Fingerprint}, {Kind: image.Squashfs, Name: "rootfs.squashfs", SHA256: v.Fingerprint}}
	m.versions = append(m.versions, v)
	return v
}

func (m *market) Convert(_ context.Context, ref oci.Reference, arch string, _ bool) (image.Version, error) {
	job, err := convert.Demand(ref, arch)
	if err != nil {
		return image.Version{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	v := image.Version{Name: job.Product.Name, Architecture: arch, Hub: true, Source: ref.String(), Aliases: job.Edits.Aliases}
	return m.publish(v, ref.String()+" for "+arch), nil
}

func (m *market) Moved(context.Context, oci.Reference, string) (bool, error) { return false, nil }
func (m *market) Drop(context.Context, image.Version) error                  { return nil }
func (m *market) Remove(context.Context, image.ID) error                     { return nil }
func (m *market) Tidy() error                                                { return nil }
func (m *market) RateLimited(oci.Reference) time.Time                        { return time.Time{} }

func (m *market) Versions(context.Context) (*store.Snapshot, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return store.NewSnapshot(slices.Clone(m.versions), nil), nil
}

func (m *market) OpenFile(context.Context, string) (*store.Published, error) {
	return nil, fs.ErrNotExist
}
func (m *market) OpenContents(context.Context, image.ID) (io.ReadCloser, error) {
	return nil, fs.ErrNotExist
}

func (m *market) Describe(context.Context, image.ID) (image.Version, error) {
	return image.Version{}, fs.ErrNotExist
}
func (m *market) Check(context.Context, ...image.Product) error { return nil }

// rules are the specs and the policy: all that a name may depend on.
type rules struct {
	specs  []image.Version
	policy hub.Policy
}

// spec returns the spec's image that has a name for an architecture.
func (r rules) spec(name, arch string) (found image.Version, ok bool) {
	var others []image.Version
	for _, s := range r.specs {
		switch {
		case s.Architecture != arch:
		case s.Name == name:
			return s, true
		case slices.Contains(s.Aliases, name) && !endsInArchitecture(name):
			others = append(others, s)
		}
	}
	if len(others) == 0 {
		return found, false
	}
	return slices.MinFunc(others, func(a, b image.Version) int { return strings.Compare(a.Name, b.Name) }), true
}

func (r rules) claimed(name string) bool {
	return slices.ContainsFunc(archs, func(a string) bool { _, ok := r.spec(name, a); return ok })
}

func (r rules) allowed(name string) (string, bool) {
	ref, err := oci.Parse(name)
	if err != nil || !r.policy.Allows(ref) {
		return "", false
	}
	return ref.OnlyDigest().String(), true
}

func endsInArchitecture(name string) bool {
	i := strings.LastIndexByte(name, '/')
	_, ok := arch.ByClientName(name[i+1:])
	return ok && i >= 0
}

// means says what a name means to a client of an architecture; "" is nothing.
func (r rules) means(name, client string) string {
	if r.claimed(name) {
		also := map[string]string{"amd64": "i386", "arm64": "armhf"}
		for _, a := range []string{client, also[client]} {
			if s, ok := r.spec(name, a); ok {
				return "spec " + s.Product().String()
			}
		}
		return ""
	}
	if len(name) == 12 && strings.Trim(name, "0123456789abcdef") == "" {
		return ""
	}
	if i := strings.LastIndexByte(name, '/'); endsInArchitecture(name) {
		base := name[:i]
		a, _ := arch.ByClientName(name[i+1:])
		if r.claimed(base) {
			if s, ok := r.spec(base, a.Name); ok {
				return "spec " + s.Product().String()
			}
			return ""
		}
		if ref, ok := r.allowed(base); ok {
			return ref + " for " + a.Name
		}
	}
	if ref, ok := r.allowed(name); ok {
		return ref + " for " + client
	}
	return ""
}

// TestWhatANameMeansDependsOnSpecsAndPolicyAlone: whatever strangers ask for, in any order,
// each gets what the rules say, by LXD's own protocol; and by simplestreams the same or,
// as nobody has asked for it yet, nothing.
func TestWhatANameMeansDependsOnSpecsAndPolicyAlone(t *testing.T) {
	scratch := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		r, m := rules{}, &market{}
		for _, p := range rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) image.Product {
			return image.Product{Name: rapid.SampledFrom(specNames).Draw(t, "spec"), Architecture: rapid.SampledFrom(archs).Draw(t, "architecture")}
		}), 0, 4, rapid.ID[image.Product]).Draw(t, "specs") {
			v := image.Version{Name: p.Name, Architecture: p.Architecture, Aliases: rapid.SliceOfN(rapid.SampledFrom(aliases), 0, 3).Draw(t, "aliases")}
			r.specs = append(r.specs, m.publish(v, "spec "+p.String()))
		}
		allow := rapid.SliceOfN(rapid.SampledFrom(patterns), 0, 3).Draw(t, "allow")
		deny := rapid.SliceOfN(rapid.SampledFrom(slices.DeleteFunc(slices.Clone(patterns), func(p string) bool { return p == "**" || strings.Contains(p, "@") })), 0, 1).Draw(t, "deny")
		var err error
		if r.policy, err = hub.NewPolicy(allow, deny); err != nil {
			t.Fatal(err)
		}
		_ = os.RemoveAll(filepath.Join(scratch, "asked.json.lines"))
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		h := hub.New(ctx, hub.Options{
			Rules: hub.Rules{Policy: r.policy}, Converter: m, Snapshot: m.Versions, Journal: filepath.Join(scratch, "asked.json"), Log: slog.New(slog.DiscardHandler), Now: time.Now,
		})
		s := server.New(server.Options{Store: m, Hub: h, Offers: h.Offers})
		for range rapid.IntRange(1, 12).Draw(t, "requests") {
			name, client := rapid.SampledFrom(asked).Draw(t, "name"), rapid.SampledFrom(archs).Draw(t, "client")
			if got, want := ask(s, name, client), r.means(name, client); got != titleSum(want) {
				t.Fatalf("%s means something else than %q to %s: %s", name, want, client, m.title(got))
			}
		}
		checkStreams(t, s, r, m)
	})
}

func titleSum(title string) string {
	if title == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(title))
	return hex.EncodeToString(sum[:])
}

func (m *market) title(fingerprint string) string {
	for _, v := range m.versions {
		if v.Fingerprint == fingerprint {
			return v.Title()
		}
	}
	return "nothing"
}

// ask asks as a daemon does.
func ask(s http.Handler, name, client string) (fingerprint string) {
	r := httptest.NewRequest("GET", "/1.0/images/aliases/"+url.PathEscape(name), nil)
	r.Header.Set("User-Agent", "LXD 5.0.2 (Linux; "+arch.KernelName(client)+"; 6.1.0; Debian GNU/Linux; 12) (dir 1)")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	var answer struct{ Metadata struct{ Target string } }
	_ = json.Unmarshal(w.Body.Bytes(), &answer)
	return answer.Metadata.Target
}

// checkStreams looks names up as clients of simplestreams do: each alias is a name, and so
// is alias/architecture; of several images they take that for their own machine.
func checkStreams(t *rapid.T, s http.Handler, r rules, m *market) {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("GET", "/streams/v1/images.json", nil))
	var doc struct {
		Products map[string]struct {
			Aliases, Arch string
			Versions      map[string]struct {
				Items map[string]map[string]any
			}
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	meanings := map[[2]string][]string{} // by name and architecture of the image
	for _, p := range doc.Products {
		var title string
		for _, v := range p.Versions {
			for _, item := range v.Items {
				if sum, ok := item["combined_squashfs_sha256"].(string); ok {
					title = m.title(sum)
				}
			}
		}
		for alias := range strings.SplitSeq(p.Aliases, ",") {
			if alias == "" {
				continue
			}
			for _, name := range []string{alias, alias + "/" + p.Arch} {
				meanings[[2]string{name, p.Arch}] = append(meanings[[2]string{name, p.Arch}], title)
			}
		}
	}
	for at, titles := range meanings {
		name, a := at[0], at[1]
		if len(titles) > 1 {
			t.Fatalf("%s for %s is several images: %v", name, a, titles)
		}
		want := r.means(name, a)
		if s, ok := strings.CutPrefix(want, "spec "); ok {
			want = s
		}
		if got := titles[0]; got != strings.ReplaceAll(want, " for ", "/") {
			t.Fatalf("by simplestreams %s for %s is %s, want %q", name, a, got, want)
		}
		// Who is of another architecture gets no stranger's image for a spec's name.
		if hubs := strings.Contains(titles[0], "."); hubs && (r.claimed(name) || r.claimed(strings.TrimSuffix(name, "/"+a))) {
			t.Fatalf("%s is a spec's name, and %s has it", name, titles[0])
		}
	}
}
