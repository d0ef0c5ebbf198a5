package hostile

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lxdocker/test/hostile/bomb"
)

// Types and flags of frames of HTTP/2 (RFC 9113, section 6).
const (
	frameHeaders, frameSettings, framePing = 1, 4, 6
	flagAck, flagEndStream, flagEndHeaders = 1, 1, 4
)

// h2Client holds a connection of HTTP/2 whose streams take only a few bytes each.
type h2Client struct {
	net.Conn
	mu sync.Mutex
}

// frame writes one frame (RFC 9113, section 4.1).
func (c *h2Client) frame(kind, flags byte, stream uint32, payload []byte) error {
	b := make([]byte, 9, 9+len(payload))
	binary.BigEndian.PutUint32(b, uint32(len(payload))<<8)
	b[3], b[4] = kind, flags
	binary.BigEndian.PutUint32(b[5:], stream)
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := c.Write(append(b, payload...))
	return err
}

// newH2Client connects from an address, and says how many bytes a stream may send.
func newH2Client(ctx context.Context, from, to string, window uint32) (*h2Client, error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	plain, err := d.DialContext(ctx, "tcp", to)
	if err != nil {
		return nil, err
	}
	_ = plain.(*net.TCPConn).SetReadBuffer(4 << 10)
	secure := tls.Client(plain, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = plain.Close()
		return nil, err
	}
	c := &h2Client{Conn: secure}
	setting := binary.BigEndian.AppendUint32([]byte{0, 4}, window) // SETTINGS_INITIAL_WINDOW_SIZE
	if _, err = io.WriteString(c, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"); err == nil {
		err = c.frame(frameSettings, 0, 0, setting)
	}
	if err != nil {
		_ = c.Close()
	}
	return c, err
}

// get asks for a path, of less than 128 bytes: indexed fields and literals of RFC 7541.
func (c *h2Client) get(stream uint32, path string) error {
	block := append([]byte{0x82, 0x87, 0x04, byte(len(path))}, path...) // GET, https, :path
	block = append(block, 0x01, 1, 'x')                                 // :authority
	return c.frame(frameHeaders, flagEndStream|flagEndHeaders, stream, block)
}

// stay answers pings and counts responses until the connection ends.
func (c *h2Client) stay(begun *atomic.Int64) {
	head := make([]byte, 9)
	for {
		if _, err := io.ReadFull(c, head); err != nil {
			return
		}
		payload := make([]byte, binary.BigEndian.Uint32(head)>>8)
		if _, err := io.ReadFull(c, payload); err != nil {
			return
		}
		switch {
		case head[3] == frameHeaders:
			begun.Add(1)
		case head[3] == framePing && head[4]&flagAck == 0, head[3] == frameSettings && head[4]&flagAck == 0:
			if head[3] == frameSettings {
				payload = nil
			}
			if c.frame(head[3], flagAck, 0, payload) != nil {
				return
			}
		}
	}
}

// crowdOfH2 are connections of forty addresses, each with all the streams it may have.
type crowdOfH2 struct {
	v      *victim
	path   string
	window uint32
	begun  atomic.Int64 // responses
}

const connectionsOfH2, streamsOfH2, addressesOfH2 = 990, 3, 40

// gather opens all connections and waits until all responses have begun.
func (c *crowdOfH2) gather(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	turns := make(chan struct{}, 16) // a handshake that waits too long for its turn is ended
	var group sync.WaitGroup
	for n := range connectionsOfH2 {
		group.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			for ctx.Err() == nil {
				if err := c.open(ctx, t, fmt.Sprintf("127.0.0.%d", 2+n%addressesOfH2)); err == nil {
					return
				}
				time.Sleep(10 * time.Millisecond)
			}
		})
	}
	group.Wait()
	for ; c.begun.Load() < connectionsOfH2*streamsOfH2; time.Sleep(10 * time.Millisecond) {
		if ctx.Err() != nil {
			t.Fatalf("only %d of %d responses began", c.begun.Load(), connectionsOfH2*streamsOfH2)
		}
	}
}

func (c *crowdOfH2) open(ctx context.Context, t *testing.T, from string) error {
	h, err := newH2Client(ctx, from, strings.TrimPrefix(c.v.URL, "https://"), c.window)
	if err != nil {
		return err
	}
	for i := range uint32(streamsOfH2) {
		if err := h.get(1+2*i, c.path); err != nil {
			_ = h.Close()
			return err
		}
	}
	go h.stay(&c.begun)
	t.Cleanup(func() { _ = h.Close() })
	return nil
}

func TestManyStreamsOfHTTP2TakeLittleMemoryAtScale(t *testing.T) {
	s := newShelf(t)
	l := bomb.NewLayer()
	l.File("large", bomb.Noise(1, 8<<20))
	s.Image("large", l.Done())
	for what, test := range map[string]struct {
		path   string
		window uint32
	}{
		"an image, and take nothing":        {"/1.0/images/%s/export", 0},
		"an image, and take 40 kB":          {"/1.0/images/%s/export", 40_000},
		"the page, and take a byte":         {"/", 1},
		"images.json, and take a byte":      {"/streams/v1/images.json", 1},
		"the list of the API, take nothing": {"/1.0/images?recursion=1", 0},
	} {
		t.Run(what, func(t *testing.T) {
			v := newVictim(t, s)
			_, fingerprint := v.named(s.host + "/large")
			before, cpu := v.memory.Most(), cpuOf(t, v.PID())
			(&crowdOfH2{v: v, path: strings.Replace(test.path, "%s", fingerprint, 1), window: test.window}).gather(t)
			memory := v.memory.Most()
			t.Logf("%d streams of %d connections that ask for %s: the attacker got %.1f s of CPU and %d MiB of memory, %d before",
				connectionsOfH2*streamsOfH2, connectionsOfH2, what, (cpuOf(t, v.PID()) - cpu).Seconds(), memory>>20, before>>20)
			if memory > mostMemory {
				t.Errorf("it took %d MiB of memory, more than %d", memory>>20, int64(mostMemory)>>20)
			}
		})
	}
}
