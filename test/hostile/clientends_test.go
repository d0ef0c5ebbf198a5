package hostile

import (
	"crypto/tls"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"lxdocker/test/hostile/bomb"
)

// TestAClientThatReadsSlowlyCannotKeepTheServerFromEnding reads a byte, and then nothing.
func TestAClientThatReadsSlowlyCannotKeepTheServerFromEnding(t *testing.T) {
	t.Parallel() // it waits
	s := newShelf(t)
	l := bomb.NewLayer()
	l.File("large", bomb.Noise(1, 16<<20)) // more than buffers take
	s.Image("large", l.Done())
	v := newVictim(t, s)
	_, fingerprint := v.named(s.host + "/large")
	c, err := tls.Dial("tcp", strings.TrimPrefix(v.URL, "https://"), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := fmt.Fprintf(c, "GET /1.0/images/%s/export HTTP/1.1\r\nHost: x\r\n\r\n", fingerprint); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := v.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Wait(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > mostToEnd {
		t.Errorf("it took %v", took)
	} else {
		t.Logf("the attacker kept the server for %v", took.Round(time.Millisecond))
	}
}
