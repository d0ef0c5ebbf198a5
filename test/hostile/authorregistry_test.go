package hostile

import (
	"net/http/httptest"
	"strings"
	"testing"

	"lxdocker/test/hostile/bomb"
)

// shelf is a registry that gives out what an author of images put there.
type shelf struct {
	*bomb.Registry
	host string
}

func newShelf(t *testing.T) *shelf {
	s := &shelf{Registry: bomb.NewRegistry()}
	server := httptest.NewServer(s)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	s.host = strings.TrimPrefix(server.URL, "http://")
	return s
}

// one puts an image with one file on the shelf, and returns its digest.
func (s *shelf) one(name, content string) (digest string) {
	l := bomb.NewLayer()
	l.File("file", []byte(content))
	s.Image(name, l.Done())
	return s.DigestOf(name)
}
