//go:build e2e

package page

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lxdocker/internal/failure"
	"lxdocker/internal/image"
	"lxdocker/internal/server"
	"lxdocker/internal/server/web"
	"lxdocker/internal/testenv"
)

// nobodyConverts is a hub that only says that there is one.
type nobodyConverts struct{}

func (nobodyConverts) Product(name, arch string) (image.Product, bool) { return image.Product{}, false }

func (nobodyConverts) Image(ctx context.Context, _, _, _ string) (image.Version, error) {
	return image.Version{}, context.Cause(ctx)
}

func (nobodyConverts) Fresh(_ context.Context, v image.Version, _ bool) image.Version { return v }

// working is what a server does whose work goes on whenever somebody looks.
func working() func(string) web.Activity {
	var looks atomic.Int64
	began := time.Now()
	return func(string) web.Activity {
		return web.Activity{
			Running: []web.Running{
				{Name: "docker.io/library/elasticsearch:8/amd64", Step: "fetching", Done: min(looks.Add(1), 90) * 7_500_000, Total: 700_000_000, Began: began.Add(-2 * time.Minute)},
				{Name: "postgres/arm64", Step: "assembling", Done: 61_000_000, Total: 88_000_000, Began: began.Add(-time.Minute)},
				{Name: "docker.io/library/busybox:latest/amd64", Began: began},
			},
			Failed: []web.Failure{
				failed("gitea/amd64", "docker.io answers 404 Not Found (check the spelling of name and tag)", failure.NotFound, failure.Unclear, failure.SpecKeeper, began.Add(-time.Hour)),
				failed("caddy-2/amd64", "docker.io answers 401 Unauthorized", failure.Denied, failure.Login, failure.SpecKeeper, began.Add(-20*time.Minute)),
				failed("docker.io/library/windows:latest/amd64", "this server can make no container of that image", failure.Unsupported, failure.Unclear, failure.Asker, began.Add(-3*time.Minute)),
				failed("registry.example.org/infrastructure/platform-observability/opentelemetry-collector-contrib-with-everything:0.114.0-nightly.20261130/arm64",
					"this server or its machine has a fault", failure.Internal, failure.Unclear, failure.Asker, began.Add(-2*time.Minute)),
			},
		}
	}
}

func failed(name, text string, k failure.Kind, c failure.Cause, r failure.Reader, at time.Time) web.Failure {
	return web.Failure{Name: name, Text: text, Next: failure.Next(k, c, r, name), At: at}
}

func try(name string) (string, error) {
	if strings.HasPrefix(name, "library/") {
		return "docker.io/" + name, nil
	}
	return "", failure.Because(failure.Policy, failure.Publicf(failure.Denied, "%s is none of the images that this server converts when they are asked for", name))
}

// patience is how long the browser may take for everything: much more than it does.
const patience = 20 * time.Minute

// TestPagesInABrowser writes screenshots to the folder that PAGE_SCREENSHOTS names, if there is
// one.
func TestPagesInABrowser(t *testing.T) {
	chromium := testenv.NeedsProgram(t, "chromium", "chromium")
	node := testenv.NeedsProgram(t, "node", "nodejs")
	ask := map[string]string{"chromium": chromium, "keep": os.Getenv("PAGE_SCREENSHOTS")}
	for name, n := range map[string]int{"none": 0, "two": 2, "documented": 15, "sixty": 60, "tenthousand": 10_000} {
		o := server.Options{Store: filled(n, time.Now()), Fingerprint: func() string { return sum("certificate") }}
		if n != 2 {
			o.Hub, o.OnDemand = nobodyConverts{}, []string{"docker.io/library/*", "ghcr.io/home-assistant/**"}
		}
		if n == 60 || n == 15 {
			o.Activity, o.Try = working(), try
		}
		s := httptest.NewUnstartedServer(server.New(o))
		s.Config.ErrorLog = log.New(io.Discard, "", 0) // Chromium does not know the certificate
		s.StartTLS()
		t.Cleanup(s.Close)
		ask[name] = s.URL
	}
	admin := httptest.NewServer(watched())
	t.Cleanup(admin.Close)
	ask["admin"] = admin.URL
	arguments, err := json.Marshal(ask)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, "browse.js", string(arguments))
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	t.Log(strings.TrimSpace(out.String()))
	if err != nil {
		t.Error(err)
	}
}
