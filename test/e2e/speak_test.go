//go:build e2e

package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"lxdocker/test/lab"
)

// get fetches a page of a container. Each attempt is short: what asks while the
// application starts asks again.
func get(ctx context.Context, method, address, path, body string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, "http://"+address+path, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s: %s", method, path, response.Status, answer)
	}
	return string(answer), err
}

func page(ctx context.Context, address, path, want string) error {
	got, err := get(ctx, http.MethodGet, address, path, "")
	if err == nil && got != want {
		err = fmt.Errorf("the page %s is %q, not %q", path, got, want)
	}
	return err
}

func dial(ctx context.Context, address string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: 5 * time.Second}
	c, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return c, c.SetDeadline(time.Now().Add(5 * time.Second))
}

// redis sends one command and compares the beginning of the answer.
func redis(ctx context.Context, address, command, want string) error {
	c, err := dial(ctx, net.JoinHostPort(address, "6379"))
	if err != nil {
		return err
	}
	defer c.Close()
	fmt.Fprintf(c, "%s\r\n", command)
	got := make([]byte, len(want))
	if _, err := io.ReadFull(c, got); err != nil {
		return fmt.Errorf("redis, told %q: %w", command, err)
	}
	if string(got) != want {
		return fmt.Errorf("redis answers %q to %q, not %q", got, command, want)
	}
	return nil
}

// mariadbGreets reads the packet with which a ready server begins.
func mariadbGreets(ctx context.Context, address string) error {
	c, err := dial(ctx, net.JoinHostPort(address, "3306"))
	if err != nil {
		return err
	}
	defer c.Close()
	r := bufio.NewReader(c)
	if _, err := r.Discard(5); err != nil { // length, sequence number, protocol version
		return err
	}
	version, err := r.ReadString(0)
	if err == nil && !strings.Contains(version, "MariaDB") {
		err = fmt.Errorf("the database greets with %q", version)
	}
	return err
}

func sql(ctx context.Context, i *lab.Instance, statements, want string) error {
	got, err := i.Exec(ctx, "mariadb", "--batch", "--skip-column-names", "-e", statements)
	if err == nil && got != want {
		err = fmt.Errorf("the database says %q to %q, not %q", got, statements, want)
	}
	return err
}

// goserver is the program of test/images/goserver, by the port it listens on.
type goserver int

func (p goserver) at(address string) string { return fmt.Sprintf("%s:%d", address, p) }

func (p goserver) answers(ctx context.Context, address string) error {
	_, err := p.status(ctx, address)
	return err
}

func (p goserver) keep(ctx context.Context, _ *lab.Instance, address string) error {
	_, err := get(ctx, http.MethodPut, p.at(address), "/file?path=/data/kept", "kept")
	return err
}

func (p goserver) kept(ctx context.Context, _ *lab.Instance, address string) error {
	return page(ctx, p.at(address), "/file?path=/data/kept", "kept")
}

// status mirrors test/images/goserver's Status.
type status struct {
	PID, ParentPID int
	UID, GID       int
	Groups         []int
	Args, Env      []string
	WorkDir        string
	Capabilities   string
	Mounts         []string
	Hostname       string
}

func (p goserver) status(ctx context.Context, address string) (s status, err error) {
	return s, p.ask(ctx, address, "/status", &s)
}

// node mirrors its Node.
type node struct {
	Mode     string
	UID, GID uint32
	Inode    uint64
	Content  string
}

func (p goserver) tree(ctx context.Context, address, root string) (nodes map[string]node, err error) {
	return nodes, p.ask(ctx, address, "/tree?path="+url.QueryEscape(root), &nodes)
}

func (p goserver) ask(ctx context.Context, address, path string, into any) error {
	answer, err := get(ctx, http.MethodGet, p.at(address), path, "")
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(answer), into)
}
