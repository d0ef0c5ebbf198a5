package daemon

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"

	"lxdocker/internal/failure"
)

// Opcodes of frames (RFC 6455, section 5.2).
const (
	wsContinue = 0x0
	wsText     = 0x1
	wsBinary   = 0x2
	wsClose    = 0x8
	wsPing     = 0x9
	wsPong     = 0xA
)

// mostFrame is how large one may be: the daemons send at most 32 KiB at a time.
const mostFrame = 16 << 20

// websocket is one stream of a program in an instance (RFC 6455), the client's side.
type websocket struct {
	conn net.Conn
	in   *bufio.Reader
	mu   sync.Mutex // of writing
}

// open opens a stream of an operation.
func (c *Client) open(ctx context.Context, path string, query url.Values) (*websocket, error) {
	conn, err := c.dial(ctx)
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	w := &websocket{conn: conn, in: bufio.NewReader(conn)}
	if err := w.upgrade(c.base, path, query); err != nil {
		conn.Close()
		return nil, failure.Errorf(failure.Unavailable, "opening a stream of %s: %w", c.Name(), err)
	}
	return w, nil
}

func (w *websocket) upgrade(base, path string, query url.Values) error {
	request, err := http.NewRequest(http.MethodGet, base+path+"?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	nonce := make([]byte, 16)
	_, _ = rand.Read(nonce) // never fails
	key := base64.StdEncoding.EncodeToString(nonce)
	request.Header.Set("Upgrade", "websocket")
	request.Header.Set("Connection", "Upgrade")
	request.Header.Set("Sec-WebSocket-Version", "13")
	request.Header.Set("Sec-WebSocket-Key", key)
	if err := request.Write(w.conn); err != nil {
		return err
	}
	response, err := http.ReadResponse(w.in, request)
	if err != nil {
		return err
	}
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	if response.StatusCode != http.StatusSwitchingProtocols || response.Header.Get("Sec-WebSocket-Accept") != base64.StdEncoding.EncodeToString(sum[:]) {
		return fmt.Errorf("it answers %s", response.Status)
	}
	return nil
}

// next returns the kind of the next message, and its content. Pings are answered; that
// the other side has gone by then is no error, as what it sent before is still to be read.
func (w *websocket) next() (kind byte, content []byte, err error) {
	for {
		final, opcode, data, err := w.frame()
		if err != nil {
			return 0, nil, err
		}
		switch opcode {
		case wsPing:
			_ = w.write(wsPong, data)
			continue
		case wsPong:
			continue
		case wsClose:
			return 0, nil, io.EOF
		case wsContinue:
		default:
			kind = opcode
		}
		if content = append(content, data...); len(content) > mostFrame {
			return 0, nil, fmt.Errorf("a message is larger than %d bytes", mostFrame)
		}
		if final {
			return kind, content, nil
		}
	}
}

func (w *websocket) frame() (final bool, opcode byte, data []byte, err error) {
	var head [2]byte
	if _, err = io.ReadFull(w.in, head[:]); err != nil {
		return
	}
	final, opcode = head[0]&0x80 != 0, head[0]&0x0f
	size := uint64(head[1] & 0x7f)
	switch size {
	case 126:
		var n [2]byte
		_, err = io.ReadFull(w.in, n[:])
		size = uint64(binary.BigEndian.Uint16(n[:]))
	case 127:
		var n [8]byte
		_, err = io.ReadFull(w.in, n[:])
		size = binary.BigEndian.Uint64(n[:])
	}
	if err != nil {
		return
	}
	if head[1]&0x80 != 0 || size > mostFrame {
		return final, opcode, nil, fmt.Errorf("a frame is masked, or larger than %d bytes", mostFrame)
	}
	data = make([]byte, size)
	_, err = io.ReadFull(w.in, data)
	return
}

// write sends one frame. Those of clients are masked.
func (w *websocket) write(opcode byte, data []byte) error {
	frame := []byte{0x80 | opcode}
	switch n := len(data); {
	case n < 126:
		frame = append(frame, 0x80|byte(n))
	case n < 1<<16:
		frame = binary.BigEndian.AppendUint16(append(frame, 0x80|126), uint16(n))
	default:
		frame = binary.BigEndian.AppendUint64(append(frame, 0x80|127), uint64(n))
	}
	var mask [4]byte
	_, _ = rand.Read(mask[:])
	frame = append(frame, mask[:]...)
	for n, b := range data {
		frame = append(frame, b^mask[n%4])
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	_, err := w.conn.Write(frame)
	return err
}

// copyTo writes what the stream brings, until its end. The daemons mark that by a message
// of text, or close the stream.
func (w *websocket) copyTo(to io.Writer) error {
	for {
		kind, content, err := w.next()
		if err != nil || kind == wsText {
			return nil // how the program ended is said by the operation
		}
		if _, err := to.Write(content); err != nil {
			return err
		}
	}
}
