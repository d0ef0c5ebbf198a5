//go:build e2e

package page

import (
	"context"
	"io"
	"log/slog"
	"math"
	"net/http"
	"time"

	"lxdocker/internal/server/monitor"
)

// watched answers those who watch a server that had a busy day.
func watched() http.Handler {
	now := time.Now().Add(-24 * time.Hour)
	day := monitor.NewDay(func() time.Time { return now })
	for i := range 288 {
		for range int(20 + 18*math.Sin(float64(i)/40)*math.Cos(float64(i)/7)) {
			day.Answered(200, int64(1+i%17)*900_000)
		}
		switch {
		case i%23 == 5:
			day.Answered(503, 60)
		case i%31 < 4:
			day.Made()
		case i%97 == 50:
			day.Failed()
		}
		now = now.Add(5 * time.Minute)
	}
	return monitor.New(monitor.Options{
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "figures") }),
		Ready:   func(context.Context) error { return nil },
		Day:     day, Log: slog.New(slog.DiscardHandler),
	})
}
