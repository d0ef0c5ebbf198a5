package acmetest

import (
	"encoding/binary"
	"net"
	"strings"
	"testing"

	"lxdocker/internal/server/servertest"
)

// nowhere is the end of names that have no address.
const nowhere = ".nowhere.example.org"

// serveNames answers questions of DNS (RFC 1035, section 4.1): every name has one address,
// 127.0.0.1, but for those that end in nowhere.
func serveNames(t *testing.T) (address string) {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	go func() {
		for question := make([]byte, 1500); ; {
			n, from, err := c.ReadFrom(question)
			if err != nil {
				return
			}
			if answer := resolve(question[:n]); answer != nil {
				_, _ = c.WriteTo(answer, from)
			}
		}
	}()
	return c.LocalAddr().String()
}

// resolve answers one question; nil if it cannot be understood.
func resolve(q []byte) []byte {
	const header = 12
	if len(q) < header {
		return nil
	}
	var labels []string
	at := header
	for at < len(q) && q[at] != 0 {
		end := at + 1 + int(q[at])
		if end >= len(q) {
			return nil
		}
		labels = append(labels, string(q[at+1:end]))
		at = end
	}
	end := at + 5 // the empty label, type and class
	if end > len(q) {
		return nil
	}
	name := "." + strings.ToLower(strings.Join(labels, "."))
	found := binary.BigEndian.Uint16(q[at+1:]) == 1 && !strings.HasSuffix(name, nowhere)
	answer := append([]byte(nil), q[:2]...)
	answer = append(answer, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0) // an answer, recursive; one question
	answer = append(answer, q[header:end]...)
	if found {
		answer[7] = 1
		// The name of the question, an address (A) of the Internet, for no time, of four bytes.
		answer = append(answer, 0xc0, header, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1)
	}
	return answer
}

// buffer is what pebble says.
type buffer = servertest.Buffer
