package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"

	"lxdocker/test/testbed"
)

// app is an application that is to stop in order.
type app struct {
	name, image, spec string
	closed            string // what it prints at an end in order
	recovers          string // what it prints after an end without order
	client            []string
	write             func(ctx context.Context, i *testbed.Instance, address string, n int) error
	read              func(ctx context.Context, i *testbed.Instance, address string) (int, error)
}

// apps are one that is quick and has its data in memory until it stops, one
// that takes some seconds, and a database.
var apps = []app{
	{name: "redis", image: "redis", closed: "ready to exit", write: setRedis, read: getRedis},
	{name: "slow", image: "goserver", spec: "env: {CLOSING: 3s}\n", closed: "closed cleanly", write: putFile, read: getFile},
	{name: "mariadb", image: "mariadb", closed: "mariadbd: Shutdown complete", recovers: "crash recovery",
		// It ends when the server does, and `lxc exec` with it.
		client: []string{"mariadb", "-e", "SELECT SLEEP(600)"}, write: insert, read: selectMax},
}

func setRedis(ctx context.Context, _ *testbed.Instance, address string, n int) error {
	_, err := redis(ctx, address, fmt.Sprintf("SET n %d", n))
	return err
}

func getRedis(ctx context.Context, _ *testbed.Instance, address string) (int, error) {
	answer, err := redis(ctx, address, "INCRBY n 0")
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimPrefix(answer, ":"))
}

func redis(ctx context.Context, address, command string) (string, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address+":6379")
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return "", err
		}
	}
	if _, err := fmt.Fprintf(conn, "%s\r\n", command); err != nil {
		return "", err
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	if err == nil && strings.HasPrefix(answer, "-") {
		err = fmt.Errorf("redis says %q to %q", answer, command)
	}
	return strings.TrimSpace(answer), err
}

func putFile(ctx context.Context, _ *testbed.Instance, address string, n int) error {
	_, err := testbed.Get(ctx, http.MethodPut, address+":8080", "/file?path=/data/n", strconv.Itoa(n))
	return err
}

func getFile(ctx context.Context, _ *testbed.Instance, address string) (int, error) {
	if _, err := testbed.Goserver(address + ":8080").Status(ctx); err != nil {
		return 0, err
	}
	text, err := testbed.Get(ctx, http.MethodGet, address+":8080", "/file?path=/data/n", "")
	if err != nil {
		return 0, nil // it has none yet
	}
	return strconv.Atoi(text)
}

func insert(ctx context.Context, i *testbed.Instance, _ string, n int) error {
	_, err := i.Exec(ctx, "mariadb", "-e", fmt.Sprintf(
		"CREATE DATABASE IF NOT EXISTS app; CREATE TABLE IF NOT EXISTS app.t (n BIGINT PRIMARY KEY); INSERT IGNORE INTO app.t VALUES (%d)", n))
	return err
}

func selectMax(ctx context.Context, i *testbed.Instance, _ string) (int, error) {
	out, err := i.Exec(ctx, "mariadb", "-BNe", "CREATE DATABASE IF NOT EXISTS app; CREATE TABLE IF NOT EXISTS app.t (n BIGINT PRIMARY KEY); SELECT IFNULL(MAX(n), 0) FROM app.t")
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(out))
}
