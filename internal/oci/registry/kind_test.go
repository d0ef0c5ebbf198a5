package registry

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"lxdocker/internal/failure"
	"lxdocker/internal/mediatype"
	"lxdocker/internal/oci"
	"lxdocker/internal/oci/ocitest"
)

// TestWhatIsTriedAgainIsTemporary: an answer after which it is worth trying again must
// not mean, when the attempts are used up, that there is no such image.
func TestWhatIsTriedAgainIsTemporary(t *testing.T) {
	for status := 400; status < 600; status++ {
		if err := (&answerError{status: status}); transientStatus(status) && !failure.Temporary(err) {
			t.Errorf("%d is tried again, and %v for ever: see FailureKind in errors.go", status, failure.KindOf(err))
		}
	}
}

func TestKindsOfAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		answer    answerError
		want      failure.Kind
		wait      time.Duration
		temporary bool
	}{
		"no such image":                  {answerError{status: 404}, failure.NotFound, 0, false},
		"no such name at all":            {answerError{status: 400}, failure.NotFound, 0, false},
		"login needed":                   {answerError{status: 401}, failure.Denied, 0, false},
		"access is forbidden":            {answerError{status: 403}, failure.Denied, 0, false},
		"too many requests, with a time": {answerError{status: 429, retryAfter: time.Minute}, failure.RateLimited, time.Minute, true},
		"bad gateway":                    {answerError{status: 502}, failure.Unavailable, 0, true},
		"in maintenance":                 {answerError{status: 503, retryAfter: time.Hour}, failure.Unavailable, time.Hour, true},
		"too slow":                       {answerError{status: 408}, failure.Unavailable, 0, true},
		"no form that we ask":            {answerError{status: 406}, failure.Unsupported, 0, false},
	} {
		err := fmt.Errorf("resolving x: %w", &c.answer)
		if got := failure.KindOf(err); got != c.want || failure.Temporary(err) != c.temporary || failure.RetryAfter(err) != c.wait {
			t.Errorf("%s: %v, temporary %v, after %v", name, got, failure.Temporary(err), failure.RetryAfter(err))
		}
	}
}

func TestKindsOfNetworkErrors(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		want  failure.Kind
		cause failure.Cause
	}{
		"nothing listens":              {&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, failure.Unavailable, failure.Unclear},
		"a name nobody knows":          {&net.DNSError{Err: "no such host", IsNotFound: true}, failure.Unavailable, failure.DNS},
		"a name server that is silent": {&url.Error{Op: "Get", URL: "https://h/", Err: &net.OpError{Op: "dial", Err: &net.DNSError{Err: "timeout", IsTimeout: true}}}, failure.Unavailable, failure.DNS},
		"an authority nobody trusts":   {&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, failure.Unavailable, failure.TLS},
		"silence":                      {errStalled, failure.Unavailable, failure.Unclear},
		"not allowed by us":            {errPolicy, failure.Denied, failure.Policy},
		"a refusal":                    {&answerError{status: 404}, failure.NotFound, failure.Unclear},
		"a refusal without a login":    {&answerError{status: 401}, failure.Denied, failure.Login},
		"one with the wrong login":     {&answerError{status: 403}, failure.Denied, failure.Login},
		"a refusal by the law":         {&answerError{status: 451}, failure.Denied, failure.Unclear},
		"an error of no type":          {errors.New("something"), failure.Unavailable, failure.Unclear},
	} {
		err := fmt.Errorf("resolving x: %w", requestError(t.Context(), "h", true, c.err))
		if got := failure.KindOf(err); got != c.want || failure.CauseOf(err) != c.cause {
			t.Errorf("%s: %v because of %q, want %v because of %q", name, got, failure.CauseOf(err), c.want, c.cause)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := failure.KindOf(requestError(ctx, "h", true, ctx.Err())); got != failure.Unavailable {
		t.Errorf("interrupted: %v", got)
	}
}

func TestKindsOfImages(t *testing.T) {
	reg := newServer(t)
	good := ocitest.Recipe{}.Bake(t)
	reg.push(t, "good", "latest", good)
	reg.push(t, "arm", "latest", ocitest.Recipe{Platform: oci.Platform{Architecture: "arm64"}}.Bake(t))
	reg.push(t, "chart", "latest", ocitest.Recipe{Manifest: map[string]any{"config": map[string]any{
		"mediaType": "application/vnd.cncf.helm.config.v1+json", "digest": oci.DigestOf(good.Config), "size": len(good.Config)}}}.Bake(t))
	reg.putManifest(t, "broken", "latest", mediatype.OCIManifest, []byte(`{"schemaVersion":2}`))
	reg.putManifest(t, "long", "latest", mediatype.OCIManifest, []byte(`{"schemaVersion":2}`+strings.Repeat(" ", oci.MaxManifest)))
	closed, _ := net.Listen("tcp", "127.0.0.1:0")
	closed.Close()
	for name, c := range map[string]struct {
		ref   string
		fault fault
		want  failure.Kind
	}{
		"a tag that is not there":     {reg.host() + "/good:none", nil, failure.NotFound},
		"no image for the platform":   {reg.host() + "/arm", nil, failure.NotFound},
		"an artifact":                 {reg.host() + "/chart", nil, failure.Unsupported},
		"no manifest":                 {reg.host() + "/broken", nil, failure.Corrupt},
		"a manifest that is too long": {reg.host() + "/long", nil, failure.TooLarge},
		"another document than asked": {reg.host() + "/good@" + ocitest.SomeDigest, func(w http.ResponseWriter, r *http.Request, h http.Handler) bool {
			r.URL.Path = strings.Replace(r.URL.Path, ocitest.SomeDigest, "latest", 1)
			h.ServeHTTP(w, r)
			return true
		}, failure.Corrupt},
		"too many requests":             {reg.host() + "/good", status(429, "", "Retry-After", "3600"), failure.RateLimited},
		"answers that always break off": {reg.host() + "/good", cutAfter(10), failure.Unavailable},
		"nothing listens":               {closed.Addr().String() + "/good", nil, failure.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			if c.fault != nil {
				reg.inject(at(http.MethodGet, "/manifests/", c.fault))
				reg.inject(at(http.MethodHead, "/manifests/", c.fault))
				defer reg.heal()
			}
			_, err := newTestClient(t).Resolve(t.Context(), ocitest.Parse(t, c.ref), ocitest.AMD64)
			if got := failure.KindOf(err); got != c.want {
				t.Errorf("%v: %v, want %v", err, got, c.want)
			}
		})
	}
}
