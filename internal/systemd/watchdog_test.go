package systemd

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestTheWatchdogHearsOnlyOfAProgramThatAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit = time.Minute
		var log bytes.Buffer
		began, heard := time.Now(), []time.Duration{}
		m := &Manager{log: slog.New(slog.NewTextHandler(&log, nil)), send: func(state string) error {
			if state != "WATCHDOG=1" {
				t.Errorf("it heard %q", state)
			}
			heard = append(heard, time.Since(began))
			return nil
		}}
		hangs := make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		go m.watch(ctx, limit, func(context.Context) {
			if time.Since(began) >= 2*limit {
				<-hangs
			}
		})
		time.Sleep(5 * limit)
		synctest.Wait()
		if want := 4; len(heard) != want || heard[want-1] != limit*3/2 {
			t.Errorf("it heard at %v", heard)
		}
		if !strings.Contains(log.String(), "does not answer itself") {
			t.Errorf("the log says\n%s", &log)
		}
		close(hangs) // the manager did not end it: who does not hear of a restart that was not needed
		synctest.Wait()
		if len(heard) <= 4 || !strings.Contains(log.String(), "answers again") {
			t.Errorf("it heard at %v, and the log says\n%s", heard, &log)
		}
		cancel()
		synctest.Wait()
	})
}
