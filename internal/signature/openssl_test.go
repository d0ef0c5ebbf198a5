package signature_test

import (
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lxdocker/internal/signature"
	"lxdocker/internal/signature/signaturetest"
	"lxdocker/internal/testenv"
)

// TestWhatOpenSSLSigns: it knows nothing of our code, and nothing of Go.
func TestWhatOpenSSLSigns(t *testing.T) {
	openssl := testenv.NeedsProgram(t, "openssl", "openssl")
	payload, _ := signaturetest.New(t).Simple(t, image, nil)
	for name, c := range map[string]struct{ key, sign string }{
		"ECDSA on P-256":            {"genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256", "dgst -sha256 -sign"},
		"ECDSA on P-384":            {"genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384", "dgst -sha384 -sign"},
		"ECDSA on P-521":            {"genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521", "dgst -sha512 -sign"},
		"RSA":                       {"genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048", "dgst -sha256 -sign"},
		"RSA with PSS":              {"genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048", "dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:max -sign"},
		"Ed25519":                   {"genpkey -algorithm ED25519", "pkeyutl -rawin -sign -in payload -inkey"},
		"ECDSA, over another SHA-2": {"genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256", "dgst -sha384 -sign"}, // cosign does not
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			run := func(args string, more ...string) []byte {
				t.Helper()
				cmd := exec.CommandContext(t.Context(), openssl, append(strings.Fields(args), more...)...)
				cmd.Dir = dir
				out, err := cmd.Output()
				if err != nil {
					t.Fatalf("openssl %s: %v", args, err)
				}
				return out
			}
			if err := os.WriteFile(filepath.Join(dir, "payload"), payload, 0o600); err != nil {
				t.Fatal(err)
			}
			run(c.key, "-out", "key.pem")
			keys, err := signature.ParseKeys(run("pkey -in key.pem -pubout"), "")
			if err != nil {
				t.Fatal(err)
			}
			args := []string{"key.pem"}
			if !strings.HasPrefix(c.sign, "pkeyutl") {
				args = append(args, "payload")
			}
			s, err := signature.ParseSimple(payload, base64.StdEncoding.EncodeToString(run(c.sign, args...)))
			if err != nil {
				t.Fatal(err)
			}
			if got, want := s.By(keys[0]), !strings.Contains(name, "another"); got != want {
				t.Errorf("it counts: %v", got)
			}
		})
	}
}
