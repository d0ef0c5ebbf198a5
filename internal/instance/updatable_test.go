package instance

import (
	"testing"

	"lxdocker/internal/daemon"
)

func TestWhatGoesAwayAtItsEndIsNotUpdated(t *testing.T) {
	i := daemon.Instance{Name: "web", Status: "Running", Config: map[string]string{"image.lxdocker.ref": "nginx", "image.lxdocker.digest": "sha256:1"}}
	if err := updatable(i); err != nil {
		t.Fatalf("an instance of ours: %v", err)
	}
	i.Config[keyRemove] = "true"
	if updatable(i) == nil {
		t.Error("somebody waits for its end, and would remove its successor")
	}
}
