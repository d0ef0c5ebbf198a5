package serving

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// clients is the command of the program load.
func (b bench) clients(ctx context.Context, what string, s server, path string, more ...string) *exec.Cmd {
	args := append([]string{what, "-server", s.address, "-path", path, "-trust", b.trust(), "-from", addressFormat}, more...)
	cmd := exec.CommandContext(ctx, filepath.Join(b.dir, "load"), args...)
	cmd.Stderr = os.Stderr
	return cmd
}

// load runs clients to their end.
func (b bench) load(ctx context.Context, result any, what string, s server, path string, more ...string) error {
	out, err := b.clients(ctx, what, s, path, more...).Output()
	if err != nil {
		return fmt.Errorf("running clients of %s: %w", s.name, err)
	}
	return json.Unmarshal(out, result)
}

// downloaded is what some clients got.
type downloaded struct {
	Bytes   int64
	Seconds float64
	cpu     time.Duration // of the server
}

func (d downloaded) rate() float64 { return float64(d.Bytes) / d.Seconds }

// perGiB is the processor time of the server for a gibibyte, in seconds.
func (d downloaded) perGiB() float64 { return d.cpu.Seconds() / (float64(d.Bytes) / (1 << 30)) }

// fetch lets clients download the large file, all of them together so many times.
func (b bench) fetch(ctx context.Context, s server, clients, times int) (d downloaded, err error) {
	return b.timed(s, func() (d downloaded, err error) {
		err = b.load(ctx, &d, "downloads", s, b.file, "-first", strconv.Itoa(firstHolder),
			"-clients", strconv.Itoa(clients), "-times", strconv.Itoa(times/clients))
		return d, err
	})
}

// curl does so with one client.
func (b bench) curl(ctx context.Context, s server, times int) (downloaded, error) {
	return b.timed(s, func() (d downloaded, err error) {
		// It fetches all of them over one connection.
		url := fmt.Sprintf("https://%s%s?[1-%d]", s.address, b.file, times)
		cmd := exec.CommandContext(ctx, "curl", "-sS", "--fail", "--fail-early", "--http1.1", "--tlsv1.3", "--tls13-ciphers", "TLS_AES_128_GCM_SHA256",
			"--cacert", b.trust(), url)
		cmd.Stderr = os.Stderr // and its standard output is /dev/null
		began := time.Now()
		if err := cmd.Run(); err != nil {
			return d, fmt.Errorf("running curl: %w", err)
		}
		return downloaded{Bytes: int64(times) * rootfsSize, Seconds: time.Since(began).Seconds()}, nil
	})
}

func (b bench) timed(s server, measure func() (downloaded, error)) (downloaded, error) {
	before, err := s.cpu()
	if err != nil {
		return downloaded{}, err
	}
	d, err := measure()
	if err != nil {
		return d, err
	}
	after, err := s.cpu()
	d.cpu = after - before
	return d, err
}
