package serving

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"lxdocker/internal/server/servertest"
)

// server is one that runs.
type server struct {
	name    string
	address string // host:port
	cpu     func() (time.Duration, error)
	stop    func()
}

// start starts imgserver, which makes the certificate, and nginx with the same one.
func (b bench) start(ctx context.Context) (ours, theirs server, err error) {
	if ours, err = b.imgserver(); err != nil {
		return ours, theirs, err
	}
	if theirs, err = b.nginx(ctx); err != nil {
		ours.stop()
	}
	return ours, theirs, err
}

func (b bench) trust() string { return b.images + "-tls/imgserver.crt" }

func (b bench) imgserver() (server, error) {
	address := net.JoinHostPort(host(serverAddress), "8443")
	p, err := servertest.Start(filepath.Join(b.dir, "imgserver"), b.dir, "--address", address, "--lxdimages", b.images)
	if err != nil {
		return server{}, err
	}
	return server{"imgserver", address, func() (time.Duration, error) { return processorTime(p.PID()) }, p.Kill}, nil
}

// nginxConfig is what Debian installs, as far as it says anything about sending files over
// TLS, with workers for all processors, and the cipher that Go prefers on processors that have
// instructions for it.
const nginxConfig = `daemon off; pid nginx.pid; error_log error.log; worker_processes auto;
events { worker_connections 2000; }
http {
	access_log access.log; sendfile on; tcp_nopush on; types_hash_max_size 2048; default_type application/octet-stream;
	send_timeout 10m; # somebody may hold the machine
	client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp; scgi_temp_path tmp;
	server {
		listen %[1]s ssl;
		ssl_protocols TLSv1.2 TLSv1.3; ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
		ssl_certificate %[2]s.crt; ssl_certificate_key %[2]s.key;
		location / { root %[3]s; }
	}
}
`

func (b bench) nginx(ctx context.Context) (server, error) {
	address, dir := net.JoinHostPort(host(serverAddress), "9443"), filepath.Join(b.dir, "nginx")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return server{}, err
	}
	// Its workers run as another user.
	for _, d := range []string{b.dir, dir} {
		if err := os.Chmod(d, 0o755); err != nil {
			return server{}, err
		}
	}
	config := fmt.Sprintf(nginxConfig, address, strings.TrimSuffix(b.trust(), ".crt"), b.images)
	if err := os.WriteFile(filepath.Join(dir, "nginx.conf"), []byte(config), 0o644); err != nil {
		return server{}, err
	}
	cmd := exec.Command("nginx", "-p", dir, "-c", "nginx.conf", "-e", "error.log")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return server{}, fmt.Errorf("starting nginx: %w", err)
	}
	stop := func() {
		_ = cmd.Process.Signal(os.Interrupt) // the workers end with it
		_ = cmd.Wait()
	}
	if err := answers(ctx, address); err != nil {
		stop()
		return server{}, fmt.Errorf("starting nginx: %w", err)
	}
	return server{"nginx", address, func() (time.Duration, error) { return childrenTime(cmd.Process.Pid) }, stop}, nil
}

// answers waits until somebody listens.
func answers(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for {
		c, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err == nil {
			return c.Close()
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}
