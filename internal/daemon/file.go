package daemon

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"lxdocker/internal/failure"
)

// File is a file or folder to be put into an instance.
type File struct {
	UID, GID int64
	Mode     int  // permissions
	Folder   bool // then it has no content
}

// ReadFile reads a file of an instance, at most so many bytes of it. The daemon reaches
// what an application in the instance has mounted, too, such as /run.
func (c *Client) ReadFile(ctx context.Context, instance, path string, most int64) ([]byte, error) {
	file, err := c.OpenFile(ctx, instance, path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, most))
	if err != nil {
		return data, failure.Errorf(failure.Unavailable, "reading %s in %s: %w", path, instance, err)
	}
	return data, nil
}

// OpenFile is ReadFile of a file that is too large for the memory. Close it.
func (c *Client) OpenFile(ctx context.Context, instance, path string) (io.ReadCloser, error) {
	response, err := c.file(ctx, http.MethodGet, instance, path, nil, nil)
	if err != nil {
		return nil, err
	}
	if kind := response.Header.Get("X-" + c.Server.Kind + "-Type"); kind != "" && kind != "file" {
		response.Body.Close()
		return nil, failure.Errorf(failure.Unsupported, "reading %s in %s: it is no file, but a %s", path, instance, kind)
	}
	return response.Body, nil
}

// ListFiles lists the names in a folder of an instance.
func (c *Client) ListFiles(ctx context.Context, instance, folder string) (names []string, err error) {
	response, err := c.file(ctx, http.MethodGet, instance, folder, nil, nil)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	e, err := c.read(response, http.MethodGet, folder)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(e.Metadata, &names); err != nil {
		return nil, c.garbled(http.MethodGet, folder, err)
	}
	slices.Sort(names)
	return names, nil
}

// WriteFile puts a file or folder into an instance, in place of what is there.
func (c *Client) WriteFile(ctx context.Context, instance, path string, f File, content io.Reader) error {
	kind := "file"
	if f.Folder {
		kind, content = "directory", nil
	}
	header := http.Header{}
	// Both daemons read both prefixes since Incus began; LXD knows only its own.
	for name, value := range map[string]string{"Uid": strconv.FormatInt(f.UID, 10), "Gid": strconv.FormatInt(f.GID, 10),
		"Mode": fmt.Sprintf("%04o", f.Mode), "Type": kind, "Write": "overwrite"} {
		header.Set("X-"+c.Server.Kind+"-"+name, value)
	}
	response, err := c.file(ctx, http.MethodPost, instance, path, header, content)
	if err != nil {
		return err
	}
	return response.Body.Close()
}

// file asks for a file, and reads the answer if it is an error.
func (c *Client) file(ctx context.Context, method, instance, path string, header http.Header, content io.Reader) (*http.Response, error) {
	response, err := c.send(ctx, method, instancePath(instance)+"/files", url.Values{"path": {path}}, header, content)
	if err != nil {
		return nil, err
	}
	if response.StatusCode < 300 {
		return response, nil
	}
	defer response.Body.Close()
	if _, err = c.read(response, method, path); err == nil {
		err = newError(response.StatusCode, "")
	}
	return nil, err
}

// ConsoleLog is what the daemon still has of an instance's console. LXD 5.0 forgets it
// when it is read.
func (c *Client) ConsoleLog(ctx context.Context, instance string) ([]byte, error) {
	response, err := c.send(ctx, http.MethodGet, instancePath(instance)+"/console", nil, nil, nil)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode >= 300 {
		_, err := c.read(response, http.MethodGet, "console")
		return nil, err
	}
	return io.ReadAll(io.LimitReader(response.Body, 16<<20))
}
