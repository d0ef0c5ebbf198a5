package build

import (
	"fmt"

	"lxdocker/internal/signature"
	"lxdocker/internal/spec"
	"lxdocker/internal/spec/diag"
)

// keyHint says what a public key is.
const keyHint = "a public key is PEM, such as the file cosign.pub of `cosign generate-key-pair`"

// Rule is what somebody wrote about the signatures of an image; nil for nothing. diagnose
// describes a mistake in one of the keys, which "keys.N" names.
func Rule(v *spec.Verify, diagnose func(key, text, hint string) diag.Diagnostic) (*signature.Rule, diag.Diagnostics) {
	if v == nil {
		return nil, nil
	}
	r := &signature.Rule{All: v.Require == "all", Annotations: v.Annotations, Digest: v.Digest}
	var wrong diag.Diagnostics
	for i, k := range v.Keys {
		keys, err := signature.ParseKeys([]byte(k.PEM), k.Name)
		if err != nil {
			what := "a key"
			if k.Name != "" {
				what = "key " + diag.Quote(k.Name)
			}
			wrong = append(wrong, diagnose(fmt.Sprintf("keys.%d", i), what+" cannot be used: "+err.Error(), keyHint))
		}
		r.Keys = append(r.Keys, keys...)
	}
	return r, wrong
}
