package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"golang.org/x/sync/errgroup"
)

// downloaded is what all clients got together, from the first request to the last byte.
type downloaded struct {
	Bytes   int64
	Seconds float64
}

// downloads lets clients fetch the path at the same time, each some times over one connection.
func downloads(ctx context.Context, t target, clients, times int) (downloaded, error) {
	group, ctx := errgroup.WithContext(ctx)
	got := make([]int64, clients)
	began := time.Now()
	for n := range clients {
		group.Go(func() error {
			c := t.client(n, true)
			defer c.CloseIdleConnections()
			buffer := make([]byte, 64<<10)
			for range times {
				r, err := t.get(ctx, c)
				if err != nil {
					return err
				}
				size, err := discard(r.Body, buffer)
				got[n] += size
				if err != nil {
					return fmt.Errorf("downloading %s: %w", t.path, err)
				}
				if size != r.ContentLength {
					return fmt.Errorf("downloading %s: %d of %d bytes came", t.path, size, r.ContentLength)
				}
			}
			return nil
		})
	}
	err := group.Wait()
	result := downloaded{Seconds: time.Since(began).Seconds()}
	for _, n := range got {
		result.Bytes += n
	}
	return result, err
}

// discard reads to the end. The buffer is larger than a record of TLS: io.Discard would
// take 8 KiB at a time, and the client would be what is measured.
func discard(body io.ReadCloser, buffer []byte) (n int64, err error) {
	defer body.Close()
	for {
		m, err := body.Read(buffer)
		n += int64(m)
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}
