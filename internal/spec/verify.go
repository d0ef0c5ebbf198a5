package spec

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"lxdocker/internal/spec/diag"
)

// Verify says who has to have signed an image. It has keys, a digest, or both.
type Verify struct {
	Keys        []PublicKey       `json:"keys,omitempty"`
	Require     string            `json:"require,omitempty"`     // "any" or "all" of the keys; "" is any
	Annotations map[string]string `json:"annotations,omitempty"` // that signatures have to have
	Digest      string            `json:"digest,omitempty"`      // of the image, or of the index that has it
}

// PublicKey is one or more public keys in PEM, which this package does not read.
type PublicKey struct {
	Name string `json:"name,omitempty"` // of the file, without its folder; "" if it is written here
	PEM  string `json:"pem"`
}

const maxPublicKey = 64 << 10 // bytes of one file

var digestForm = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// verifyKeys are the keys of `verify`, and of a rule of a policy.
var verifyKeys = table[Verify]{
	{
		name: "keys", words: "key publickey publickeys pubkey cosignpub signers",
		read:  func(r *reader, e diag.Entry, v *Verify) { v.Keys = r.publicKeys(e) },
		takes: oneOf(matching(`^[^\x00]+$`), list(matching(`^[^\x00]+$`), 1)),
		kind:  "list of text, or text", byDefault: "none", about: "public keys: files beside the spec, or the keys themselves",
		doc: "Public keys in PEM, as cosign generate-key-pair writes cosign.pub: the names of files beside the spec, or the keys themselves.",
	},
	{
		name: "require", words: "threshold mode",
		read: func(r *reader, e diag.Entry, v *Verify) {
			v.Require = r.oneWord(e, "any", "all")
		},
		takes: oneOfWords("any", "all"),
		kind:  "text", byDefault: "`any`", about: "whether `any` of the keys suffices, or `all` have to have signed it",
		doc: "any: a signature by one of the keys suffices; all: each of them has to have signed the image.",
	},
	{
		name: "annotations", words: "annotation claims",
		read:  func(r *reader, e diag.Entry, v *Verify) { v.Annotations = r.annotations(e) },
		takes: mapping(scalar(), &rule{Pattern: `^[^\x00-\x1f]+$`}),
		kind:  "mapping to text", byDefault: "none", about: "what the signatures have to say, as with `cosign sign -a`",
		doc: "Annotations that a signature has to have to count, as cosign sign -a writes them.",
	},
	{
		name: "digest", words: "pin sha256",
		read:  func(r *reader, e diag.Entry, v *Verify) { v.Digest = r.digest(e) },
		takes: matching(digestForm.String()),
		kind:  "text", byDefault: "any", about: "the digest of the image, or of the index that has it",
		doc: "The digest that the image, or the index that has it, must have: sha256: and 64 hexadecimal digits.",
	},
}

// verifyRule accepts a mapping that asks for something.
func verifyRule() *rule {
	v := object(verifyKeys.properties())
	v.AnyOf = []*rule{required("keys"), required("digest")}
	return allOf(v, not(allOf(anyRequired("require", "annotations"), not(required("keys")))))
}

// verify reads who has to have signed the image. Unlike for other keys, nothing written
// after it is a mistake: somebody wanted something to be checked.
func (r *reader) verify(e diag.Entry) *Verify {
	if !e.Value.IsMapping() {
		r.WrongType(e, e.Key, "a mapping", "write `keys: [cosign.pub]` below it, or leave it out")
		return nil
	}
	v, seen := &Verify{}, make(map[string]diag.Entry)
	reported := r.Reported()
	r.verifying = e.Key
	for _, one := range r.Entries(e.Value) {
		if k, ok := verifyKeys.find(one.Key); ok {
			seen[one.Key] = one
			r.Remember(e.Key+"."+one.Key, one.Where())
			k.read(r, one, v)
		} else {
			r.Unknown(one, verifyKeys.keys())
		}
	}
	if r.Reported() > reported {
		return v
	}
	if len(v.Keys) == 0 && v.Digest == "" {
		r.WrongValue(e, e.Key+" asks for nothing", "give it `keys`, or a `digest`")
	}
	for _, name := range []string{"require", "annotations"} {
		if one, ok := seen[name]; ok && len(v.Keys) == 0 {
			r.Wrong(one.At, name+" means nothing without keys", "leave it out, or give `keys`")
		}
	}
	return v
}

// publicKeys reads a list of files and keys, or one of them.
func (r *reader) publicKeys(e diag.Entry) (all []PublicKey) {
	items := []diag.Entry{e}
	if e.Value.IsList() {
		items = nil
		for _, n := range r.Items(e.Value) {
			items = append(items, e.Item(n))
		}
		if len(items) == 0 {
			r.WrongValue(e, "keys is empty", "name a public key, like `keys: [cosign.pub]`")
		}
	}
	for i, item := range items {
		text, ok := r.Text(item, "a key")
		if !ok {
			continue
		}
		r.Remember(fmt.Sprintf("%s.keys.%d", r.verifying, i), item.Where())
		if k, ok := r.publicKey(item, text); ok {
			all = append(all, k)
		}
	}
	return all
}

func (r *reader) publicKey(e diag.Entry, text string) (PublicKey, bool) {
	switch {
	case strings.TrimSpace(text) == "":
		r.WrongValue(e, "a key has no value", "name a file beside it, or write the key in PEM")
		return PublicKey{}, false
	case strings.Contains(text, "-----BEGIN"):
		return PublicKey{PEM: text}, true
	}
	data, err := r.source(text)
	if err == nil && len(data) > maxPublicKey {
		err = fmt.Errorf("%w: more than %d KiB", errTooBig, maxPublicKey>>10)
	}
	if err != nil {
		r.WrongValue(e, fmt.Sprintf("key %s cannot be read: %s", diag.Quote(text), err),
			"a key is a file in the folder of this one, named relative to it, or is written here in PEM")
		return PublicKey{}, false
	}
	return PublicKey{Name: path.Base(text), PEM: string(data)}, true
}

// oneWord reads one of two words.
func (r *reader) oneWord(e diag.Entry, a, b string) string {
	s, ok := r.Text(e, e.Key)
	if ok && s != a && s != b {
		r.WrongValue(e, e.Key+" cannot be "+diag.Quote(s), fmt.Sprintf("it is %s or %s", a, b))
	}
	return s
}

func (r *reader) annotations(e diag.Entry) map[string]string {
	if !e.Value.IsMapping() {
		r.WrongType(e, e.Key, "a mapping", "write lines of `key: value` below it")
		return nil
	}
	all := make(map[string]string)
	for _, one := range r.Entries(e.Value) {
		if one.Key == "" || strings.ContainsFunc(one.Key, func(c rune) bool { return c < ' ' }) {
			r.Wrong(one.At, diag.Quote(one.Key)+" cannot be an annotation", "write its name as with cosign sign -a")
			continue
		}
		if v, ok := r.Written(one, one.Key); ok {
			all[one.Key] = v
		}
	}
	return all
}

func (r *reader) digest(e diag.Entry) string {
	s, ok := r.Text(e, e.Key)
	if ok && !digestForm.MatchString(s) {
		r.WrongValue(e, diag.Quote(s)+" is no digest", "a digest is sha256: and 64 hexadecimal digits")
	}
	return s
}
