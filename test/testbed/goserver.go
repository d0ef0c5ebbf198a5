package testbed

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Get sends a request and returns the answer's text. It is short of patience:
// what asks while an application starts asks again.
func Get(ctx context.Context, method, address, path, body string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, "http://"+address+path, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s: %s", method, path, response.Status, answer)
	}
	return string(answer), err
}

// Goserver is where the program of test/images/goserver listens, host:port.
type Goserver string

// Status mirrors what the program says of itself.
type Status struct {
	PID, ParentPID int
	UID, GID       int
	Groups         []int
	Args, Env      []string
	WorkDir        string
	Capabilities   string
	Mounts         []string
	Hostname       string
}

// Status asks it how it was started.
func (g Goserver) Status(ctx context.Context) (s Status, err error) {
	return s, g.ask(ctx, "/status", &s)
}

// Node mirrors what it says of one name in its file system.
type Node struct {
	Mode     string
	UID, GID uint32
	Inode    uint64
	Content  string
}

// Tree asks it for all names below a folder.
func (g Goserver) Tree(ctx context.Context, root string) (nodes map[string]Node, err error) {
	return nodes, g.ask(ctx, "/tree?path="+url.QueryEscape(root), &nodes)
}

func (g Goserver) ask(ctx context.Context, path string, into any) error {
	answer, err := Get(ctx, http.MethodGet, string(g), path, "")
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(answer), into)
}
