package changes

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestAFolderThatIsMissingIsNoChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		began, changed := 0, 0
		ctx, cancel := context.WithCancel(t.Context())
		w := Watch{
			Folder: filepath.Join(t.TempDir(), "none"), Began: func() { began++ }, Changed: func() { changed++ },
			Log: slog.New(slog.NewTextHandler(&log, nil)),
		}
		go w.Run(ctx)
		time.Sleep(time.Hour)
		synctest.Wait()
		if began != 1 || changed != 0 || strings.Count(log.String(), "cannot notice changes") != 1 {
			t.Errorf("it began %d times, something changed %d times, and the log says\n%s", began, changed, &log)
		}
		cancel()
		synctest.Wait()
	})
}

// A version control system puts a folder away, and a new one in its place.
func TestAFolderThatTakesAnothersPlaceIsAChange(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "specs")
	write(t, filepath.Join(folder, "app.yaml"), "image: app\n")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	began, changed := make(chan struct{}), make(chan struct{}, 10)
	w := Watch{
		Folder: folder, Began: func() { close(began) }, Changed: func() { changed <- struct{}{} },
		Log: slog.New(slog.DiscardHandler), look: time.Millisecond,
	}
	go w.Run(ctx)
	<-began
	if err := os.Rename(folder, folder+"-away"); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "app.yaml"), "image: other\n")
	<-changed
}
