package main

import (
	"context"
	"time"

	"lxdocker/internal/admin"
)

// scrubbing looks for damage until ctx ends, as often as every says last; 0 is never.
func scrubbing(ctx context.Context, s *admin.Scrubber, every <-chan time.Duration) {
	for ctx.Err() == nil {
		pass, end := context.WithCancel(ctx)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			if s.Every > 0 {
				s.Run(pass)
			}
		}()
		select {
		case <-ctx.Done():
			end()
			<-ended
		case d := <-every:
			end()
			<-ended
			s.Every = d
		}
	}
}

// latest puts a value into a channel with one place, of which nobody else is a sender.
func latest[T any](to chan T, value T) {
	select {
	case <-to:
	default:
	}
	to <- value
}
