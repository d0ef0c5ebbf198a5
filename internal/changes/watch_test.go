package changes

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/fsnotify/fsnotify"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestChangesAreNoticed(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "specs")
	write(t, filepath.Join(folder, "app.yaml"), "image: app\n")
	link := folder + "-link"
	if err := os.Symlink(folder, link); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	all, began, ended := make(chan struct{}, 1), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- Watch{Folder: link, Log: slog.New(slog.DiscardHandler)}.watch(ctx, all, func() { close(began) })
	}()
	<-began
	for _, step := range []struct {
		name string
		do   func()
	}{
		{"a new file", func() { write(t, filepath.Join(folder, "new.yaml"), "image: new\n") }},
		{"another content", func() { write(t, filepath.Join(folder, "app.yaml"), "image: other\n") }},
		{"one that takes another's place", func() {
			write(t, filepath.Join(folder, ".app.yaml.tmp"), "image: third\n")
			if err := os.Rename(filepath.Join(folder, ".app.yaml.tmp"), filepath.Join(folder, "app.yaml")); err != nil {
				t.Error(err)
			}
		}},
		{"a file less", func() { _ = os.Remove(filepath.Join(folder, "new.yaml")) }},
		{"another mode", func() { _ = os.Chmod(filepath.Join(folder, "app.yaml"), 0o600) }},
		{"a new folder", func() { write(t, filepath.Join(folder, "files", "nginx.conf"), "one\n") }},
	} {
		select {
		case <-all: // what an earlier step left
		default:
		}
		step.do()
		<-all // or the test ends by its own limit
	}
	if err := os.Rename(folder, folder+"-away"); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Errorf("after the folder has gone: %v", err)
	}
	cancel()
	if err := (Watch{Folder: folder, Log: slog.New(slog.DiscardHandler)}).watch(t.Context(), all, func() {}); !os.IsNotExist(err) {
		t.Errorf("without the folder: %v", err)
	}
}

func TestWhatChangesAllTheTimeIsNotWatched(t *testing.T) {
	folder, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"files/a/b.conf", ".git/index", "cache/layers/x", "images/nginx/y"} {
		write(t, filepath.Join(folder, path), "")
	}
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = watcher.Close() }()
	w := Watch{Folder: folder, Except: []string{filepath.Join(folder, "cache"), filepath.Join(folder, "files/../images"), filepath.Join(folder, "none")}}
	if err := w.add(watcher, folder); err != nil {
		t.Fatal(err)
	}
	got := watcher.WatchList()
	slices.Sort(got)
	if want := []string{folder, filepath.Join(folder, "files"), filepath.Join(folder, "files/a")}; !slices.Equal(got, want) {
		t.Errorf("it watches %s, not %s", got, want)
	}
	for name, want := range map[string]bool{"nginx.yaml": true, ".nginx.yaml.swp": false, "nginx.yaml~": false, ".git": false} {
		if seen(name) != want {
			t.Errorf("whether %s is seen: %v", name, !want)
		}
	}
}
