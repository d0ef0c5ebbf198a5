package diag

import (
	"strings"
	"testing"
)

func TestMeant(t *testing.T) {
	for word, want := range map[string]string{
		"imgae": "image", "Image": "image", "images": "image", "img": "image", "disable-supervisor": "disable_supervisor", "disableSupervisor": "disable_supervisor",
		"environment": "env", "evn": "env", "enviroment": "env", "comand": "cmd", "workingDir": "workdir", "work_dir": "workdir", "StopSignal": "stop_signal", "stop-signal": "stop_signal",
		"cdm": "cmd", "command": "cmd", "usr": "user", "file": "files", "alias": "aliases", "arch": "architecture",
		"stopTimeout": "stop_timeout", "stop_grace_period": "stop_timeout", "health_check": "healthcheck", "HealthCheck": "healthcheck", "onUnhealthy": "on_unhealthy", "shm-size": "shm_size", "restart_policy": "restart",
		"frobnicate": "", "x": "", "": "", "\ufeffimage": "image", strings.Repeat("image", 1000): "",
	} {
		if got := testKeys.Meant(word); got != want {
			t.Errorf("%q means %q, not %q", word, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"abc", "abc", 0}, {"abc", "abd", 1}, {"abc", "acb", 1}, {"abc", "bca", 2}, {"kitten", "sitting", 3}, {"ä", "a", 1},
	} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("from %q to %q: %d, not %d", c.a, c.b, got, c.want)
		}
		if there, back := distance(c.a, c.b), distance(c.b, c.a); there != back {
			t.Errorf("from %q to %q: %d there, %d back", c.a, c.b, there, back)
		}
	}
}
