//go:build e2e

package e2e

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"lxdocker/test/testbed"
)

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

func sql(ctx context.Context, i *testbed.Instance, statements, want string) error {
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

func (p goserver) keep(ctx context.Context, _ *testbed.Instance, address string) error {
	_, err := testbed.Get(ctx, http.MethodPut, p.at(address), "/file?path=/data/kept", "kept")
	return err
}

func (p goserver) kept(ctx context.Context, _ *testbed.Instance, address string) error {
	return testbed.ExpectPage(ctx, p.at(address), "/file?path=/data/kept", "kept")
}

func (p goserver) status(ctx context.Context, address string) (testbed.Status, error) {
	return testbed.Goserver(p.at(address)).Status(ctx)
}

func (p goserver) tree(ctx context.Context, address, root string) (map[string]testbed.Node, error) {
	return testbed.Goserver(p.at(address)).Tree(ctx, root)
}
