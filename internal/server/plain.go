package server

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// redirectPlain answers those who speak plain HTTP to a listener of TLS: with the way to
// the same page by HTTPS, and a sentence. Browsers do so when a port is typed without
// https://, and LXD and Incus try each file of simplestreams so first.
func redirectPlain(l net.Listener, longest int) net.Listener { return &plainListener{l, longest} }

type plainListener struct {
	net.Listener
	longest int // of a header, in bytes
}

func (l *plainListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &plainConn{Conn: c, longest: l.longest}, nil
}

// plainConn looks at what comes first. A record of TLS begins with its type, which is a
// control character (RFC 8446, section 5.1), and a request with the letters of a method.
type plainConn struct {
	net.Conn
	longest int
	begun   bool // only its first reader, the handshake, asks
}

var errPlain = errors.New("it speaks plain HTTP, and was told the way to HTTPS")

func (c *plainConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n == 0 || c.begun {
		return n, err
	}
	if c.begun = true; p[0] < 'A' || p[0] > 'Z' {
		return n, err
	}
	c.redirect(io.MultiReader(bytes.NewReader(p[:n]), c.Conn))
	return 0, errPlain
}

// redirect reads one request, within the time of a handshake, and answers it. The client
// closes the connection then, or we do.
func (c *plainConn) redirect(in io.Reader) {
	const sentence = "this server speaks only HTTPS"
	status, text, more := http.StatusBadRequest, sentence+"\n", ""
	r, err := http.ReadRequest(bufio.NewReader(io.LimitReader(in, int64(c.longest))))
	if err == nil && hostOnly(r.Host) && strings.HasPrefix(r.URL.EscapedPath(), "/") {
		to := "https://" + r.Host + r.URL.RequestURI()
		status, text = http.StatusTemporaryRedirect, sentence+": "+to+"\n"
		more = "Location: " + to + "\r\n"
	}
	body := text
	if err == nil && r.Method == http.MethodHead {
		body = ""
	}
	_, _ = fmt.Fprintf(c.Conn, "HTTP/1.1 %d %s\r\n%sContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n%s",
		status, http.StatusText(status), more, len(text), body)
}

// hostOnly says whether a Host header can be a part of a URL: it came from a stranger.
func hostOnly(host string) bool {
	odd := func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:[]", r)
	}
	return host != "" && strings.IndexFunc(host, odd) < 0
}
