package registry

import (
	"net"
	"net/http/httptest"
	"strings"
	"testing"

	"lxdocker/internal/oci/ocitest"
)

// TestARegistryIsNamedByItsIPv6Address in whatever way that is written.
func TestARegistryIsNamedByItsIPv6Address(t *testing.T) {
	reg := newServer(t)
	reg.push(t, "x", "latest", imageOf(t, "x"))
	listener, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Logf("this machine has no IPv6: %v", err)
		return
	}
	here := httptest.NewUnstartedServer(reg)
	_ = here.Listener.Close()
	here.Listener = listener
	here.Start()
	defer here.Close()
	port := here.URL[strings.LastIndexByte(here.URL, ':')+1:]
	c := newTestClient(t)
	for _, host := range []string{"[::1]:" + port, "[0:0:0::1]:0" + port} {
		img, err := c.Resolve(t.Context(), ocitest.Parse(t, host+"/x"), ocitest.AMD64)
		if err != nil || img.Reference.Repository() != "[::1]:"+port+"/x" {
			t.Errorf("%s: %v, %+v", host, err, img)
		}
	}
}
