package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"lxdocker/test/programs"
)

// The ways in which the program starts itself.
const (
	inside    = "inside"    // the network namespace
	attackers = "attackers" // a process of their own, which gets time that nobody else wants
)

// addressFormat is that of the namespace's addresses. 1 is the server's, 2 to 9 are honest.
const addressFormat = "10.99.0.%d"

func host(n int) string { return fmt.Sprintf(addressFormat, n) }

const (
	firstAttacker = 11
	addresses     = 40 // of attackers
)

// hostile starts the program again in a network of its own.
func hostile(ctx context.Context, long time.Duration, logs string) error {
	dir, err := os.MkdirTemp("", "lxdocker-hostile-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := programs.Build(ctx, "", dir, "lxdocker/cmd/imgserver"); err != nil {
		return err
	}
	cmd, err := programs.Networked(ctx, inside, "-for", long.String(), "-dir", dir, "-logs", logs)
	if err != nil {
		return err
	}
	return cmd.Run()
}

// dialer makes connections that come from one address.
func dialer(n int) *net.Dialer {
	return &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(host(n))}, Timeout: 10 * time.Second}
}

// clientOf is a client of one address. It makes a new connection for each request, as
// command lines do. The certificate is not checked: the bytes are compared.
func clientOf(n int) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext: dialer(n).DialContext, DisableKeepAlives: true, DisableCompression: true,
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}}
}

// usage is what the files below a folder take on the disk: one with several names once.
func usage(dir string) (n int64) {
	seen := map[uint64]bool{}
	_ = filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			if st := info.Sys().(*syscall.Stat_t); !seen[st.Ino] {
				seen[st.Ino] = true
				n += st.Blocks * 512
			}
		}
		return nil
	})
	return n
}
