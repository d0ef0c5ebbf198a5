package acme

import (
	"encoding/base64"
	"fmt"
	"os"
	"strings"

	protocol "golang.org/x/crypto/acme"

	"lxdocker/internal/durable"
)

// Binding ties an account to one that a person has at the authority (RFC 8555, section 7.3.4).
type Binding struct {
	id  string
	key []byte
}

// largestBinding is how much of a file is read, in bytes.
const largestBinding = 64 << 10

// ReadBinding reads what an authority has given to a person: a file of two words, the identifier
// of a key, and the key in base64url. A message never has the key.
func ReadBinding(file string) (*Binding, error) {
	fail := func(err error) (*Binding, error) {
		return nil, fmt.Errorf("reading the account at the authority: %w", err)
	}
	if err := durable.CheckOwner(file); err != nil {
		return fail(err)
	}
	info, err := os.Stat(file)
	if err != nil {
		return fail(err)
	}
	if !info.Mode().IsRegular() || info.Size() > largestBinding {
		return fail(fmt.Errorf("%s is no file, or has more than %d bytes", file, largestBinding))
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return fail(err)
	}
	words := strings.Fields(string(text))
	if len(words) != 2 {
		return fail(fmt.Errorf("%s has %d words; they are two, the identifier of a key (KID) and the key (HMAC), as the authority shows them", file, len(words)))
	}
	key, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(words[1], "="))
	if err != nil || len(key) == 0 {
		return fail(fmt.Errorf("the second word of %s is no key in base64url (letters, digits, - and _)", file))
	}
	return &Binding{words[0], key}, nil
}

// protocol is as the client wants it; nil for none.
func (b *Binding) protocol() *protocol.ExternalAccountBinding {
	if b == nil {
		return nil
	}
	return &protocol.ExternalAccountBinding{KID: b.id, Key: b.key}
}
