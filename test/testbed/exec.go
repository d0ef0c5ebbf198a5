package testbed

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
)

// Exec runs a program in it and returns what that prints on standard output. An
// end with an error comes with what it prints on standard error.
//
// It asks the daemon to record the output, because the command line clients of
// LXD and of Incus lose it now and then: the daemon pings a client first of all,
// and a client that comes to answer when the program has ended, and the daemon has
// closed the connection, stops reading at the error, before the output. Of 300
// `echo hello` on a busy machine, in a container that was not ours, `lxc exec`
// lost 3 and `incus exec` 4, both with exit code 0.
func (i *Instance) Exec(ctx context.Context, argv ...string) (string, error) {
	out, err := i.record(ctx, argv)
	if err != nil {
		err = fmt.Errorf("running %s in %s on %s: %w", strings.Join(argv, " "), i.Name, i.Daemon.Name, errors.Join(err, ctx.Err()))
	}
	return out, err
}

func (i *Instance) record(ctx context.Context, argv []string) (string, error) {
	var started struct{ ID string }
	command := map[string]any{"command": argv, "record-output": true, "wait-for-websocket": false}
	if err := i.ask(ctx, http.MethodPost, "/1.0/instances/"+i.Name+"/exec", command, &started); err != nil {
		return "", err
	}
	var ended struct {
		Err      string
		Metadata struct {
			Return int
			Output map[string]string // by file descriptor
		}
	}
	if err := i.ask(ctx, http.MethodGet, "/1.0/operations/"+started.ID+"/wait", nil, &ended); err != nil {
		return "", err
	}
	var out, complaints string
	for descriptor, into := range map[string]*string{"1": &out, "2": &complaints} {
		file := ended.Metadata.Output[descriptor]
		if file == "" {
			continue
		}
		data, err := i.send(ctx, http.MethodGet, file, nil)
		if err != nil {
			return "", fmt.Errorf("reading what it printed: %w", err)
		}
		*into = string(data)
		if err := i.ask(ctx, http.MethodDelete, file, nil, nil); err != nil {
			return "", fmt.Errorf("removing what it printed: %w", err)
		}
	}
	switch {
	case ended.Err != "":
		return out, errors.New(ended.Err)
	case ended.Metadata.Return != 0:
		return out, fmt.Errorf("exit status %d: %s", ended.Metadata.Return, strings.TrimSpace(complaints))
	}
	return out, nil
}

// ask sends a request to the daemon's API and reads the metadata of the answer.
func (d Daemon) ask(ctx context.Context, method, path string, body, into any) error {
	data, err := d.send(ctx, method, path, body)
	if err != nil {
		return err
	}
	var answer struct {
		Error    string
		Metadata json.RawMessage
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return fmt.Errorf("%s %s: %w: %s", method, path, err, data)
	}
	if answer.Error != "" {
		return fmt.Errorf("%s %s: %s", method, path, answer.Error)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer.Metadata, into)
}

func (d Daemon) send(ctx context.Context, method, path string, body any) ([]byte, error) {
	var content io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(data)
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://"+filepath.Base(d.Dir)+path, content)
	if err != nil {
		return nil, err
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var dialer net.Dialer
			return dialer.DialContext(ctx, "unix", filepath.Join(d.Dir, "unix.socket"))
		}}}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	return io.ReadAll(response.Body)
}
