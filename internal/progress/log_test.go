package progress_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"lxdocker/internal/progress"
)

func TestAServerLogsWhenALayerIsFetched(t *testing.T) {
	var out bytes.Buffer
	synctest.Test(t, func(*testing.T) { play(progress.NewLog(slog.New(slog.NewTextHandler(&out, nil)))) })
	said := out.String()
	if strings.Count(said, "\n") != 2 || !strings.Contains(said, `msg="fetching a layer" image=nginx/amd64 layer=sha256:ab12cd34ef567890 bytes=97000000`) {
		t.Errorf("it says\n%s", said)
	}
	if strings.Contains(said, "the line went dead") {
		t.Error("a failure is said by two")
	}
}
