package dir_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"lxdocker/internal/runs"
	"lxdocker/internal/store/dir"
)

var _ runs.Keeper = (*dir.Store)(nil)

func write(t *testing.T, s *dir.Store, text string) {
	t.Helper()
	err := s.ChangeRecord(t.Context(), func([]byte) ([]byte, error, error) { return []byte(text), nil, nil })
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheRecordOfRunsIsForItsOwner(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "images")
	s := open(t, folder)
	if _, err := s.ReadRecord(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a folder: %v", err)
	}
	write(t, s, "one")
	info, err := os.Stat(filepath.Join(folder, ".runs"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	if data, err := open(t, folder).ReadRecord(); err != nil || string(data) != "one" {
		t.Errorf("it says %q, %v", data, err)
	}
}

func TestAFailedChangeOfTheRecordChangesNothing(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "images")
	s := open(t, folder)
	write(t, s, "one")
	err := s.ChangeRecord(t.Context(), func(old []byte) ([]byte, error, error) { return nil, nil, errors.New("no") })
	if data, _ := s.ReadRecord(); err == nil || string(data) != "one" {
		t.Errorf("it says %q, %v", data, err)
	}
	// What a crash in the middle of a change leaves behind.
	if err := os.WriteFile(filepath.Join(folder, ".tmp", "file"), []byte("ha"), 0o400); err != nil {
		t.Fatal(err)
	}
	write(t, s, "two")
	if data, err := s.ReadRecord(); err != nil || string(data) != "two" {
		t.Errorf("after a crash it says %q, %v", data, err)
	}
}

func TestADamagedRecordOfRunsIsKeptAside(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "images")
	var said strings.Builder
	s, err := dir.Open(folder, dir.WithLog(slog.New(slog.NewTextHandler(&said, nil))))
	if err != nil {
		t.Fatal(err)
	}
	write(t, s, "{half")
	l := runs.New(s, "lxdocker", time.Now, slog.New(slog.DiscardHandler))
	l.Begin(context.Background())
	if data, err := os.ReadFile(filepath.Join(folder, ".runs.damaged")); err != nil || string(data) != "{half" {
		t.Errorf("aside is %q, %v", data, err)
	}
	if r, err := runs.Read(s, time.Now()); err != nil || r.Run == nil || !strings.Contains(said.String(), "set aside") {
		t.Errorf("then it is %+v, %v; said was %q", r, err, said.String())
	}
}

func TestAMarkEndsWithItsRelease(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "images")
	s, other := open(t, folder), open(t, folder)
	if there, err := other.Marked(7); there || err != nil {
		t.Errorf("without a folder: %v, %v", there, err)
	}
	release, err := s.Mark(7)
	if err != nil {
		t.Fatal(err)
	}
	if there, err := other.Marked(7); !there || err != nil {
		t.Errorf("while it is there: %v, %v", there, err)
	}
	if there, err := other.Marked(8); there || err != nil {
		t.Errorf("another: %v, %v", there, err)
	}
	release()
	if there, err := other.Marked(7); there || err != nil {
		t.Errorf("after it: %v, %v", there, err)
	}
}

// underWay is a run that goes on until it is told to end.
func underWay(s *dir.Store, told <-chan struct{}) error {
	l := runs.New(s, "lxdocker", time.Now, slog.New(slog.DiscardHandler))
	l.Begin(context.Background())
	fmt.Println("ready")
	<-told
	l.End(context.Background(), runs.Run{}, nil, func(string) bool { return true })
	return nil
}

func TestAKilledRunHasNoMark(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "images")
	look := func() (ended, marked bool) {
		t.Helper()
		s := open(t, folder)
		r, err := runs.Read(s, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		marked, err = s.Marked(r.Run.Mark)
		if err != nil {
			t.Error(err)
		}
		return r.Run.Ended != nil, marked
	}
	p := start(t, "run", folder)
	if ended, marked := look(); ended || !marked {
		t.Errorf("under way: ended %v, marked %v", ended, marked)
	}
	p.kill()
	if ended, marked := look(); ended || marked {
		t.Errorf("killed: ended %v, marked %v", ended, marked)
	}
	start(t, "run", folder).end(t)
	if ended, marked := look(); !ended || marked {
		t.Errorf("done: ended %v, marked %v", ended, marked)
	}
}

// Programs on one folder change the record in turns, so nothing that one of them notes is lost.
func TestTwoWhoNoteAtOnceLoseNothing(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "images")
	var all sync.WaitGroup
	for program := range 4 {
		l := runs.New(open(t, folder), "imgserver", time.Now, slog.New(slog.DiscardHandler))
		all.Go(func() {
			for i := range 10 {
				title := fmt.Sprintf("image-%d-%d", program, i)
				l.Failed(runs.Failure{Title: title, Hub: true, Known: true}, fs.ErrNotExist)
				l.Flush(context.Background())
			}
		})
	}
	all.Wait()
	if r, err := runs.Read(open(t, folder), time.Now()); err != nil || len(r.Failures) != 40 {
		t.Errorf("%d failures are noted, %v", len(r.Failures), err)
	}
}
