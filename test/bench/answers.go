package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"lxdocker/test/testbed"
)

// known is how many images the hub has when it is asked.
const known = 50

// answers measures how long the hub takes to say what a name means that it has
// converted before, each time over a new connection, as clients do: the median,
// and the longest.
func (l launching) answers(ctx context.Context) (median, longest time.Duration, err error) {
	server, err := l.serve(filepath.Join(l.dir, "answers"))
	if err != nil {
		return 0, 0, err
	}
	defer server.Kill()
	names, err := l.tags(ctx)
	if err != nil {
		return 0, 0, err
	}
	for _, n := range names { // convert them
		if _, err := ask(ctx, server, n); err != nil {
			return 0, 0, err
		}
	}
	var took []time.Duration
	for range runs {
		for _, n := range names {
			one, err := ask(ctx, server, n)
			if err != nil {
				return 0, 0, err
			}
			took = append(took, one)
		}
	}
	slices.Sort(took)
	return took[len(took)/2], took[len(took)-1], nil
}

// tags gives one small image of the registry so many names.
func (l launching) tags(ctx context.Context) (names []string, err error) {
	from, err := name.ParseReference(l.registry+"/library/goserver:latest", name.Insecure)
	if err != nil {
		return nil, err
	}
	image, err := remote.Image(from, remote.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	for n := range known {
		tag := fmt.Sprintf("bench-%d", n)
		if err := remote.Tag(from.Context().Tag(tag), image, remote.WithContext(ctx)); err != nil {
			return nil, err
		}
		names = append(names, "goserver:"+tag)
	}
	return names, nil
}

func ask(ctx context.Context, server *testbed.Server, name string) (time.Duration, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/1.0/images/aliases/"+url.PathEscape(name), nil)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	response, err := server.Client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("asking for %s: %s: %s", name, response.Status, body)
	}
	return time.Since(began), err
}
