package server_test

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/image"
	"lxdocker/internal/server"
	"lxdocker/internal/server/certificate"
	"lxdocker/internal/store/storetest"
	"lxdocker/internal/testenv"
)

// TestRealClientsSpeakTheirOwnProtocol uses the command line clients of LXD and
// Incus, which need no daemon to add a server, list and download.
func TestRealClientsSpeakTheirOwnProtocol(t *testing.T) {
	t.Parallel()
	s := openStore(t, t.TempDir())
	redis := newSlowHub(100*time.Millisecond, storetest.Unified(t, s, image.Version{Name: "hub", Architecture: "riscv64", Hub: true}, "lxd_combined.tar.gz", []byte("redis")))
	v := storetest.Tarball(t, s, image.Version{Name: "web", Architecture: "amd64", Aliases: []string{"library/nginx:1.27"}}, []byte("metadata"), rootfsBytes(), []byte("tarball"))
	address := serve(t, server.Options{Store: s, Hub: redis})
	for _, client := range []struct{ name, packed, fingerprint, rootfs string }{
		{"lxc", "lxd-client", v.Fingerprint, ".squashfs"},
		{"incus", "incus-client", v.TarballFingerprint, ".tar.gz"},
	} {
		t.Run(client.name, func(t *testing.T) {
			t.Parallel()
			testenv.NeedsProgram(t, client.name, client.packed)
			home := t.TempDir()
			run := func(args ...string) string {
				t.Helper()
				cmd := exec.Command(client.name, args...)
				cmd.Dir, cmd.Env = home, []string{"HOME=" + home, "PATH=" + os.Getenv("PATH")}
				out, err := cmd.CombinedOutput()
				if err != nil {
					return fmt.Sprintf("%v: %s", err, out)
				}
				return string(out)
			}
			run("remote", "add", "hub", "https://"+address, "--public", "--accept-certificate")
			if got := run("image", "list", "hub:", "--format", "csv", "--columns", "Fa"); !strings.Contains(got, client.fingerprint+",x86_64\n") {
				t.Errorf("the list is %s", got)
			}
			for _, name := range []string{"web/amd64", "library/nginx:1.27", "library/nginx:1.27/x86_64", v.Fingerprint[:12]} {
				want := client.fingerprint
				if name == v.Fingerprint[:12] {
					want = v.Fingerprint
				}
				if got := run("image", "info", "hub:"+name); !strings.Contains(got, "Fingerprint: "+want+"\n") || !strings.Contains(got, "Expires: never") {
					t.Errorf("%s is %s", name, got)
				}
			}
			if got := run("image", "info", "hub:library/redis:7"); !strings.Contains(got, "Fingerprint: "+redis.version.Fingerprint+"\n") {
				t.Errorf("what the hub makes is %s", got)
			}
			if got := run("image", "info", "hub:web/s390x"); !strings.Contains(got, `no image "web" for s390x here, only for amd64`) {
				t.Errorf("another architecture is %s", got)
			}
			if got := run("image", "export", "hub:web"); !strings.Contains(got, "say REMOTE:"+client.fingerprint[:12]) {
				t.Errorf("an export by name says %s", got)
			}
			run("image", "export", "hub:"+client.fingerprint[:12], home)
			if got := hashOf(t, home, "meta-"+client.fingerprint+".tar.xz", client.fingerprint+client.rootfs); got != client.fingerprint {
				t.Errorf("what was exported has fingerprint %s", got)
			}
			run("image", "export", "hub:"+redis.version.Fingerprint[:12], home)
			if got := hashOf(t, home, redis.version.Fingerprint+".tar.gz"); got != redis.version.Fingerprint {
				t.Errorf("what was exported of one file has fingerprint %s", got)
			}
		})
	}
}

// serve serves over TLS, with a certificate that clients cannot know.
func serve(t *testing.T, o server.Options) (address string) {
	t.Helper()
	listener, _, options := listenTLS(t)
	options.Handler, options.Drain = server.New(o), time.Second
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() {
		ended <- server.Serve(ctx, listener, options)
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	return listener.Addr().String()
}

// listenTLS listens on loopback. cert is the file of the one that options have.
func listenTLS(t *testing.T) (listener net.Listener, cert string, options server.ServeOptions) {
	t.Helper()
	files, err := certificate.SelfSigned(t.TempDir(), []string{"hub", "127.0.0.1"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	pair, err := certificate.Load(files, log)
	if err != nil {
		t.Fatal(err)
	}
	listener, err = net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener, files.Cert, server.ServeOptions{TLS: &tls.Config{GetCertificate: pair.Get}, Log: log}
}

func hashOf(t *testing.T, dir string, files ...string) string {
	t.Helper()
	hash := sha256.New()
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f))
		if err != nil {
			t.Error(err)
		}
		hash.Write(b)
	}
	return fmt.Sprintf("%x", hash.Sum(nil))
}
