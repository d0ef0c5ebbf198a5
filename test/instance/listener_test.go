//go:build e2e

package instance

import (
	"net"
	"testing"
)

// testbedListener has a port of the host until the test ends.
func testbedListener(t *testing.T) (address string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String(), nil
}
