package daemon

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"lxdocker/internal/terminal"
)

// Statuses of operations (LXD, shared/api/status_code.go). Below 200 it still runs.
const (
	succeeded = 200
	failed    = 400
	cancelled = 401
)

type operation struct {
	ID         string         `json:"id"`
	StatusCode int            `json:"status_code"`
	Err        string         `json:"err"`
	MayCancel  bool           `json:"may_cancel"`
	Metadata   map[string]any `json:"metadata"`
}

// path is where an operation that an answer has begun can be asked for. The daemons add
// the project to it, which send does again.
func (e envelope) path() string {
	path, _, _ := strings.Cut(e.Operation, "?")
	return path
}

// wait waits for the end of an operation. Of one that fails, LXD answers with its
// description and Incus with an error. final gets its metadata.
func (c *Client) wait(ctx context.Context, e envelope, final *map[string]any) error {
	if e.Operation == "" {
		return nil // some versions do at once what others do in an operation
	}
	said := ""
	for {
		var o operation
		// A short timeout, so that its progress is seen. When it is over, LXD answers with the
		// description of the operation, and Incus with an error.
		_, err := c.ask(ctx, http.MethodGet, e.path()+"/wait", url.Values{"timeout": {"1"}}, nil, &o)
		if err != nil && err.Error() == context.DeadlineExceeded.Error() {
			_, err = c.ask(ctx, http.MethodGet, e.path(), nil, nil, &o)
		}
		switch {
		case ctx.Err() != nil:
			c.cancel(ctx, e)
			return ctx.Err()
		case NotFound(err) && isOperationGone(err):
			return &awayError{fmt.Errorf("waiting for %s: it knows nothing of the operation any more: was it restarted?", c.Name())}
		case err != nil:
			return err
		}
		if text := progress(o.Metadata); text != said && c.Progress != nil {
			said = text
			c.Progress(text)
		}
		switch {
		case o.StatusCode == succeeded:
			if final != nil {
				*final = o.Metadata
			}
			return nil
		case o.StatusCode >= failed:
			if o.Err == "" {
				o.Err = "the operation was cancelled"
			}
			return newError(o.StatusCode, o.Err)
		}
	}
}

// isOperationGone tells the operation from what it was about.
func isOperationGone(err error) bool {
	return err.Error() == "not found" || strings.Contains(strings.ToLower(err.Error()), "operation")
}

// cancel gives up an operation that nobody waits for any more. Most cannot be.
func (c *Client) cancel(ctx context.Context, e envelope) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer stop()
	_, _ = c.ask(ctx, http.MethodDelete, e.path(), nil, nil, nil)
}

// progress is what an operation says of how far it is.
func progress(metadata map[string]any) string {
	for key, value := range metadata {
		if text, ok := value.(string); ok && strings.HasSuffix(key, "_progress") {
			return terminal.Clean(text, 100)
		}
	}
	return ""
}

// begun reads the description of an operation from the answer that began it.
func (c *Client) begun(e envelope, method, path string) (o operation, err error) {
	if err := json.Unmarshal(e.Metadata, &o); err != nil {
		return o, c.garbled(method, path, err)
	}
	return o, nil
}

// Working says whether the daemon is doing something with one of these instances, for
// whomever: programs that run in them do not count.
func (c *Client) Working(ctx context.Context, instances ...string) (bool, error) {
	var all map[string][]struct {
		Class     string              `json:"class"`
		Resources map[string][]string `json:"resources"`
	}
	if _, err := c.ask(ctx, http.MethodGet, "/1.0/operations", url.Values{"recursion": {"1"}}, nil, &all); err != nil {
		return false, err
	}
	for _, o := range slices.Concat(all["running"], all["pending"]) {
		for _, path := range o.Resources["instances"] {
			path, _, _ = strings.Cut(path, "?")
			if o.Class == "task" && slices.ContainsFunc(instances, func(name string) bool { return path == instancePath(name) }) {
				return true, nil
			}
		}
	}
	return false, nil
}
