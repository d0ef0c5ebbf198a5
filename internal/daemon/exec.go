package daemon

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Exec runs a program in an instance, as root and without a terminal, and returns its exit
// code. When ctx ends, the program is told to end, too.
func (c *Client) Exec(ctx context.Context, instance string, argv []string, stdout, stderr io.Writer) (code int, err error) {
	path := instancePath(instance) + "/exec"
	e, _, err := c.exchange(ctx, http.MethodPost, path, nil, nil, map[string]any{
		"command": argv, "wait-for-websocket": true, "interactive": false,
		"environment": map[string]string{"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}})
	if err != nil {
		return 0, err
	}
	o, err := c.begun(e, http.MethodPost, path)
	if err != nil {
		return 0, err
	}
	streams, err := c.streams(ctx, e, o)
	for _, w := range streams {
		defer w.conn.Close()
	}
	if err != nil {
		return 0, err
	}
	stop := context.AfterFunc(ctx, func() { streams.end() })
	defer stop()
	_ = streams["0"].write(wsText, nil) // there is no input
	var reading sync.WaitGroup
	var wrong sync.Map // by stream: why nobody reads it any more
	for name, to := range map[string]io.Writer{"1": stdout, "2": stderr} {
		reading.Go(func() {
			to := &noting{to: to}
			if _ = streams[name].copyTo(to); to.err != nil {
				wrong.Store(name, to.err)
				streams.end()
			}
		})
	}
	reading.Wait()
	for _, err := range wrong.Range {
		return 0, fmt.Errorf("passing the output of %s on: %w", instance, err.(error))
	}
	var said map[string]any
	if err := c.wait(ctx, e, &said); err != nil {
		return 0, err
	}
	returned, ok := said["return"].(float64)
	if !ok {
		return 0, c.garbled(http.MethodPost, path, fmt.Errorf("there is no exit code"))
	}
	return int(returned), nil
}

// noting notes why nothing could be written.
type noting struct {
	to  io.Writer
	err error
}

func (n *noting) Write(p []byte) (int, error) {
	done, err := n.to.Write(p)
	if err != nil {
		n.err = err
	}
	return done, err
}

// streams are those of a program, by the numbers of its file descriptors, and "control".
type streams map[string]*websocket

func (c *Client) streams(ctx context.Context, e envelope, o operation) (streams, error) {
	all := streams{}
	secrets, _ := o.Metadata["fds"].(map[string]any)
	// The program begins when the numbered ones are there, and may have ended a moment later:
	// then there is no control any more.
	for _, name := range []string{"control", "0", "1", "2"} {
		secret, ok := secrets[name].(string)
		if !ok {
			return all, c.garbled(http.MethodPost, e.path(), fmt.Errorf("there is no stream %s", name))
		}
		w, err := c.open(ctx, e.path()+"/websocket", url.Values{"secret": {secret}})
		if err != nil {
			return all, err
		}
		all[name] = w
	}
	return all, nil
}

// end tells the program to end, and lets nobody wait for it.
func (s streams) end() {
	signal, _ := json.Marshal(map[string]any{"command": "signal", "signal": 15})
	_ = s["control"].conn.SetWriteDeadline(time.Now().Add(time.Second))
	_ = s["control"].write(wsText, signal)
	for _, name := range []string{"1", "2"} {
		s[name].conn.Close()
	}
}
