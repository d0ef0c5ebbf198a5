package main

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"lxdocker/test/programs"
	"lxdocker/test/testbed"
)

// launching measures what a person waits for who launches an image that nobody
// has had yet: by our hub, and by the daemon that can fetch OCI images itself.
type launching struct {
	dir      string // scratch
	program  string // imgserver
	registry string // host:port, plain http
	image    string // library/nginx
}

// launched is one launch: all of it, and what of it the client waited for the
// name to be answered.
type launched struct{ took, answered time.Duration }

// compare takes turns: our hub for each daemon, then the daemon's own way. The
// last daemon has to have one.
func (l launching) compare(ctx context.Context, daemons []testbed.Daemon, own testbed.Daemon, sid string) (ours map[string]launched, theirs time.Duration, err error) {
	stop, err := l.addOwn(ctx, own, sid)
	if err != nil {
		return nil, 0, fmt.Errorf("preparing %s's own way: %w", own.Name, err)
	}
	defer stop()
	all := map[string][]launched{}
	var others []time.Duration
	for n := range runs {
		for _, d := range daemons {
			one, err := l.byHub(ctx, d, filepath.Join(l.dir, fmt.Sprint(d.Name, n)))
			if err != nil {
				return nil, 0, fmt.Errorf("launching on %s: %w", d.Name, err)
			}
			all[d.Name] = append(all[d.Name], one)
		}
		took, err := l.byItself(ctx, own)
		if err != nil {
			return nil, 0, fmt.Errorf("launching by %s itself: %w", own.Name, err)
		}
		others = append(others, took)
	}
	ours = map[string]launched{}
	for name, some := range all {
		slices.SortFunc(some, func(a, b launched) int { return int(a.took - b.took) })
		ours[name] = some[runs/2]
	}
	slices.Sort(others)
	return ours, others[runs/2], nil
}

// byHub launches once from a hub that has nothing yet, on a daemon that has
// nothing yet.
func (l launching) byHub(ctx context.Context, d testbed.Daemon, dir string) (launched, error) {
	if err := forgetImages(ctx, d); err != nil {
		return launched{}, err
	}
	server, err := l.serve(dir)
	if err != nil {
		return launched{}, err
	}
	defer server.Kill()
	d = d.WithConfig(filepath.Join(dir, "client"))
	if err := d.AddPublic(ctx, "hub", server.URL); err != nil {
		return launched{}, err
	}
	unix.Sync() // what was removed before is no part of it
	began := time.Now()
	i, err := d.Launch(ctx, "hub:"+l.image, "bench-launch")
	took := time.Since(began)
	defer func() { _ = i.Delete(context.WithoutCancel(ctx)) }()
	if err != nil {
		return launched{}, fmt.Errorf("%w\n%s", err, server.Output())
	}
	answered, err := firstAnswer(server.Output())
	return launched{took, answered}, err
}

func (l launching) serve(dir string) (*testbed.Server, error) {
	address, err := testbed.UnusedAddress()
	if err != nil {
		return nil, err
	}
	return testbed.Serve(l.program, address, "--lxdimages", filepath.Join(dir, "images"), "--cache", filepath.Join(dir, "cache"),
		"--mirror", "docker.io="+l.registry, "--on-demand", "**", "--per-client", "0")
}

var nameAnswer = regexp.MustCompile(`path=/1\.0/images/\S* status=200 bytes=[0-9]+ duration=(\S+)`)

// firstAnswer is how long the first client waited for what a name means.
func firstAnswer(log string) (time.Duration, error) {
	m := nameAnswer.FindStringSubmatch(log)
	if m == nil {
		return 0, fmt.Errorf("the access log has no answer about a name:\n%s", log)
	}
	return time.ParseDuration(m[1])
}

// byItself launches once by the daemon's own OCI support.
func (l launching) byItself(ctx context.Context, d testbed.Daemon) (time.Duration, error) {
	if err := forgetImages(ctx, d); err != nil {
		return 0, err
	}
	unix.Sync()
	began := time.Now()
	_, err := d.Own(ctx, "launch", "bench:"+l.image, "bench-own")
	took := time.Since(began)
	i := &testbed.Instance{Daemon: d, Name: "bench-own"}
	defer func() { _ = i.Delete(context.WithoutCancel(ctx)) }()
	return took, err
}

// addOwn makes the registry known to a daemon as one that it fetches images from
// itself: that has to speak TLS, with a certificate that the daemon's root trusts.
func (l launching) addOwn(ctx context.Context, d testbed.Daemon, sid string) (stop func(), err error) {
	address, stop, err := secured(l.registry, filepath.Join(sid, "etc/ssl/certs/ca-certificates.crt"))
	if err != nil {
		return nil, err
	}
	_, _ = d.Own(ctx, "remote", "remove", "bench") // of an earlier run
	if _, err := d.Own(ctx, "remote", "add", "bench", "https://"+address, "--protocol=oci"); err != nil {
		stop()
		return nil, err
	}
	return stop, nil
}

// forgetImages removes all images that a daemon has.
func forgetImages(ctx context.Context, d testbed.Daemon) error {
	images, err := d.Images(ctx)
	if err != nil {
		return err
	}
	for _, i := range images {
		if _, err := d.Run(ctx, "image", "delete", i.Fingerprint); err != nil {
			return err
		}
	}
	return nil
}

// buildProgram builds one of the commands into a folder.
func buildProgram(ctx context.Context, dir, name string) (string, error) {
	return filepath.Join(dir, name), programs.Build(ctx, "", dir, "lxdocker/cmd/"+name)
}
