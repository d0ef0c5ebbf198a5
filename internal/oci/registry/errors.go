package registry

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"lxdocker/internal/failure"
	"lxdocker/internal/oci"
	"lxdocker/internal/terminal"
)

// maxWords bounds how much of a registry's answer is repeated in an error.
const maxWords = 300

// answerError is a registry's refusal.
type answerError struct {
	host       string
	registry   string // whose login counts, if host is its token service
	status     int
	words      string        // what it said itself, fit for printing; "" if nothing
	retryAfter time.Duration // 0 if it did not say
	anonymous  bool          // asked without credentials
	hint       string        // overrides the usual advice
	mirror     bool          // host stands for a registry; where it is, is our business
}

func (e *answerError) Error() string {
	s := fmt.Sprintf("%s answers %d", e.host, e.status)
	if text := http.StatusText(e.status); text != "" {
		s += " " + text
	}
	if e.words != "" {
		s += ": " + e.words
	}
	if advice := e.advice(); advice != "" {
		s += " (" + advice + ")"
	}
	return s
}

// FailureKind is what the status means. Registries also answer 401 and 403 for
// images that do not exist, and 400 for names that they reject.
func (e *answerError) FailureKind() failure.Kind {
	switch {
	case e.status == http.StatusTooManyRequests:
		return failure.RateLimited
	case e.status >= 500, e.status == http.StatusRequestTimeout, e.status < 400:
		return failure.Unavailable
	case e.status == http.StatusNotAcceptable, e.status == http.StatusUnsupportedMediaType:
		return failure.Unsupported
	}
	switch e.status {
	case http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden, http.StatusProxyAuthRequired, http.StatusUnavailableForLegalReasons:
		return failure.Denied
	}
	return failure.NotFound
}

// FailureCause is Login if another login may help.
func (e *answerError) FailureCause() failure.Cause {
	if e.status == http.StatusUnauthorized || e.status == http.StatusForbidden {
		return failure.Login
	}
	return failure.Unclear
}

// RetryAfter is how long the registry asked to wait, 0 if it did not.
func (e *answerError) RetryAfter() time.Duration { return e.retryAfter }

// advice says what to do next.
func (e *answerError) advice() string {
	login := publicName(cmp.Or(e.registry, e.host))
	switch {
	case e.hint != "":
		return e.hint
	case e.status == http.StatusUnauthorized && !e.anonymous:
		return fmt.Sprintf("the stored credentials were refused: log in again, as the user who runs this, with %s", loginWith(login))
	case e.status == http.StatusForbidden && !e.anonymous:
		return "the stored credentials do not allow it, or there is no such image"
	case e.status == http.StatusUnauthorized, e.status == http.StatusForbidden:
		return fmt.Sprintf("check the name: many registries say this for images they do not have; for a private image, log in as the user who runs this, with %s", loginWith(login))
	case e.status == http.StatusNotFound:
		return "check the spelling of name and tag"
	case e.status == http.StatusTooManyRequests && e.anonymous:
		return fmt.Sprintf("rate limit: try again %s, or log in for a higher one, with %s", e.later(), loginWith(login))
	case e.status == http.StatusTooManyRequests:
		return "rate limit: try again " + e.later()
	case e.status >= 500:
		return "the registry has a problem: try again " + e.later()
	}
	return ""
}

// loginWith names the programs whose logins count: most machines have one of them.
func loginWith(registry string) string {
	return fmt.Sprintf("\"docker login %[1]s\", \"podman login %[1]s\" or \"skopeo login %[1]s\"", registry)
}

func (e *answerError) later() string {
	if e.retryAfter > 0 {
		return "in " + e.retryAfter.Round(time.Second).String()
	}
	return "later"
}

// answer reads an error response and closes its body. If a registry has redirected to
// another host, the text of that host is not repeated: it could be any host.
func answer(host string, resp *http.Response, anonymous bool, now time.Time) *answerError {
	a := &answerError{
		host:       publicName(host),
		status:     resp.StatusCode,
		words:      registryWords(drain(resp)),
		retryAfter: retryAfter(resp.Header, now),
		anonymous:  anonymous,
	}
	if r := resp.Request; r != nil && r.Response != nil && hostOf(r.URL.Host) != hostOf(registryOf(r)) {
		a.words = ""
	}
	return a
}

// publicName returns the name of a registry as people write it.
func publicName(host string) string {
	if host == name.DefaultRegistry {
		return oci.DockerHub
	}
	return host
}

// registryWords extracts the message from the body of an error response: the error
// format of the distribution-spec, or one of those that token services and proxies
// use.
func registryWords(body []byte) string {
	text := strings.TrimSpace(string(body))
	var shape struct {
		Errors []struct {
			Code    any `json:"code"`
			Message any `json:"message"`
			Detail  any `json:"detail"`
		} `json:"errors"`
		Message     any `json:"message"`
		Details     any `json:"details"`
		Error       any `json:"error"`
		Description any `json:"error_description"`
	}
	if json.Unmarshal(body, &shape) != nil {
		if strings.HasPrefix(text, "<") || strings.HasPrefix(text, "{") {
			return "" // a page for a browser
		}
		return printable(text)
	}
	var said []string
	for _, e := range shape.Errors {
		said = append(said, joinWords(e.Code, e.Message, e.Detail))
	}
	if len(said) == 0 {
		said = append(said, joinWords(shape.Error, shape.Message, shape.Details, shape.Description))
	}
	return printable(strings.Join(said, "; "))
}

func joinWords(parts ...any) string {
	var said []string
	for _, p := range parts {
		if s, ok := p.(string); ok && s != "" {
			said = append(said, s)
		}
	}
	return strings.Join(said, ": ")
}

// retryAfter reads the Retry-After header, which has seconds or a date (RFC 9110,
// 10.2.3). It returns 0 if there is none.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if n, err := strconv.ParseUint(v, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(t.Sub(now), 0)
	}
	return 0
}

// printable makes foreign text fit for an error.
func printable(s string) string { return terminal.Clean(s, maxWords) }
