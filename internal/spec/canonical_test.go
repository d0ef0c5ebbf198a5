package spec

import (
	"encoding/json"
	"testing"
	"time"

	"lxdocker/internal/lifecycle"
	"lxdocker/internal/spec/diag"
)

const everything = `
image: nginx:1.27
disable_supervisor: true
description: nginx
aliases: [web, www]
architecture: [amd64, arm64]
entrypoint: [nginx]
cmd: [-g, daemon off;]
env: {A: b, C: d}
user: web
groups: [video, 44]
workdir: /srv
stop_signal: SIGQUIT
stop_timeout: 2m
restart: on-failure:3
healthcheck: {test: "true", interval: 1m, timeout: 5s, start_period: 10s, start_interval: 1s, retries: 2}
on_unhealthy: restart
shm_size: 128m
log_size: 1m
tmp: disk
run: 32m
properties: {os: nginx, release: "1"}
requirements: {nesting: "true"}
files:
  - {path: /a, content: hello, mode: "0640", uid: 1, gid: 2}
  - {path: /b, directory: true}
  - {path: /c, symlink: /a}
  - {path: /d, remove: true}
`

// TestCanonicalKnowsEveryDifference changes one thing after the other.
func TestCanonicalKnowsEveryDifference(t *testing.T) {
	seen := map[string]string{string(mustParse(t, everything).Canonical()): "nothing"}
	for change, edit := range map[string]func(*Spec){
		"disable_supervisor":      func(s *Spec) { s.DisableSupervisor = ptr(false) },
		"who decides on PID 1":    func(s *Spec) { s.DisableSupervisor = nil },
		"description":             func(s *Spec) { s.Description = "web" },
		"no description":          func(s *Spec) { s.Description = "" },
		"aliases":                 func(s *Spec) { s.Aliases = []string{"web"} },
		"entrypoint":              func(s *Spec) { s.Entrypoint = &[]string{"nginx", ""} },
		"no entrypoint":           func(s *Spec) { s.Entrypoint = &[]string{} },
		"the image's entrypoint":  func(s *Spec) { s.Entrypoint = nil },
		"cmd":                     func(s *Spec) { s.Cmd = &[]string{"-g daemon off;"} },
		"no cmd":                  func(s *Spec) { s.Cmd = &[]string{} },
		"the image's cmd":         func(s *Spec) { s.Cmd = nil },
		"the order of cmd":        func(s *Spec) { s.Cmd = &[]string{"daemon off;", "-g"} },
		"a variable":              func(s *Spec) { s.Env = map[string]string{"A": "b", "C": "e"} },
		"a variable's name":       func(s *Spec) { s.Env = map[string]string{"A": "b", "D": "d"} },
		"no variables":            func(s *Spec) { s.Env = nil },
		"user":                    func(s *Spec) { s.User = ptr("root") },
		"the image's user":        func(s *Spec) { s.User = nil },
		"groups":                  func(s *Spec) { s.Groups = []string{"video"} },
		"the order of groups":     func(s *Spec) { s.Groups = []string{"44", "video"} },
		"no groups":               func(s *Spec) { s.Groups = nil },
		"workdir":                 func(s *Spec) { s.WorkDir = ptr("/") },
		"the image's workdir":     func(s *Spec) { s.WorkDir = nil },
		"stop_signal":             func(s *Spec) { s.StopSignal = ptr("SIGTERM") },
		"the image's stop_signal": func(s *Spec) { s.StopSignal = nil },
		"stop_timeout":            func(s *Spec) { s.StopTimeout = ptr(time.Minute) },
		"no limit for a stop":     func(s *Spec) { s.StopTimeout = ptr(time.Duration(0)) },
		"the usual stop_timeout":  func(s *Spec) { s.StopTimeout = nil },
		"tty":                     func(s *Spec) { s.TTY = true },
		"restart":                 func(s *Spec) { s.Restart = lifecycle.Restart{When: lifecycle.RestartOnFailure} },
		"no restart":              func(s *Spec) { s.Restart = lifecycle.Restart{} },
		"test":                    func(s *Spec) { s.Healthcheck.Test = []string{"CMD", "true"} },
		"the image's test":        func(s *Spec) { s.Healthcheck.Test = nil },
		"interval":                func(s *Spec) { s.Healthcheck.Interval = ptr(time.Second) },
		"timeout":                 func(s *Spec) { s.Healthcheck.Timeout = ptr(time.Second) },
		"start_period":            func(s *Spec) { s.Healthcheck.StartPeriod = ptr(time.Second) },
		"no start_period":         func(s *Spec) { s.Healthcheck.StartPeriod = ptr(time.Duration(0)) },
		"the image's start":       func(s *Spec) { s.Healthcheck.StartPeriod = nil },
		"start_interval":          func(s *Spec) { s.Healthcheck.StartInterval = ptr(time.Minute) },
		"retries":                 func(s *Spec) { s.Healthcheck.Retries = ptr(1) },
		"no check":                func(s *Spec) { s.Healthcheck = &Healthcheck{Disable: true} },
		"the image's check":       func(s *Spec) { s.Healthcheck = nil },
		"on_unhealthy":            func(s *Spec) { s.OnUnhealthy = "" },
		"shm_size":                func(s *Spec) { s.ShmSize = 1 << 30 },
		"the usual shm_size":      func(s *Spec) { s.ShmSize = 0 },
		"log_size":                func(s *Spec) { s.LogSize = ptr[int64](2 << 20) },
		"no log":                  func(s *Spec) { s.LogSize = ptr[int64](0) },
		"the usual log_size":      func(s *Spec) { s.LogSize = nil },
		"tmp":                     func(s *Spec) { s.Tmp = lifecycle.Volatile{Size: 1 << 30} },
		"the usual tmp":           func(s *Spec) { s.Tmp = lifecycle.Volatile{} },
		"run":                     func(s *Spec) { s.Run = lifecycle.Volatile{OnDisk: true} },
		"the usual run":           func(s *Spec) { s.Run = lifecycle.Volatile{} },
		"a property":              func(s *Spec) { s.Properties = map[string]string{"os": "nginx", "release": "2"} },
		"a requirement":           func(s *Spec) { s.Requirements = map[string]string{"nesting": "false"} },
		"no requirements":         func(s *Spec) { s.Requirements = nil },
		"a path":                  func(s *Spec) { s.Files[0].Path = "/aa" },
		"a content":               func(s *Spec) { s.Files[0].Content = ptr([]byte("hello\n")) },
		"an empty content":        func(s *Spec) { s.Files[0].Content = ptr([]byte{}) },
		"bytes that are no text":  func(s *Spec) { s.Files[0].Content = ptr([]byte{0xff}) },
		"a byte that is no text":  func(s *Spec) { s.Files[0].Content = ptr([]byte{0xfe}) },
		"a mode":                  func(s *Spec) { s.Files[0].Mode = ptr[uint32](0o644) },
		"mode 0":                  func(s *Spec) { s.Files[0].Mode = ptr[uint32](0) },
		"the usual mode":          func(s *Spec) { s.Files[0].Mode = nil },
		"uid":                     func(s *Spec) { s.Files[0].UID = 0 },
		"gid":                     func(s *Spec) { s.Files[0].GID = 0 },
		"a directory":             func(s *Spec) { s.Files[1].Directory, s.Files[1].Remove = false, true },
		"a symlink":               func(s *Spec) { s.Files[2].Symlink = "a" },
		"a removed path":          func(s *Spec) { s.Files = s.Files[:3] },
	} {
		s := mustParse(t, everything)
		edit(&s)
		code := string(s.Canonical())
		if other, same := seen[code]; same {
			t.Errorf("changing %q gives the same as changing %q", change, other)
		}
		seen[code] = change
	}
}

// TestCanonicalKnowsNothingElse: what means the same is the same.
func TestCanonicalKnowsNothingElse(t *testing.T) {
	want := string(mustParse(t, everything).Canonical())
	if !json.Valid([]byte(want)) {
		t.Errorf("no JSON: %s", want)
	}
	same := mustParse(t, `# A comment
files:
  /d: {remove: yes}   # another
  /c: {symlink: "/a"}
  /b: {directory: true}
  /a:
    mode: 0o640
    gid: 2
    uid: 1
    content: "hello"
requirements:
  nesting: true
properties: {release: 1, os: nginx}
shm_size: 131072 KiB
log_size: 1024k
run: 32 MiB
tmp: "disk"
on_unhealthy: restart
healthcheck:
  retries: 2
  start_interval: 1000ms
  start_period: 10s
  timeout: 5.0s
  interval: 60s
  test: [CMD-SHELL, true]
restart: "on-failure:3"
stop_timeout: 120
stop_signal: quit
workdir: /srv/
user: 'web'
groups: ["video", '44']
env: [C=d, A=b]
cmd: ["-g", "daemon off;"]
entrypoint:
- nginx
aliases:
  - www
  - web
description: >
  nginx
disable_supervisor: on
image: "nginx:1.27"
`)
	if got := string(same.Canonical()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for what, edit := range map[string]func(*Spec){
		"the order of files": func(s *Spec) { s.Files[0], s.Files[1] = s.Files[1], s.Files[0] },
		"an empty mapping":   func(s *Spec) { s.places = map[string]diag.Place{} },
	} {
		s := mustParse(t, everything)
		edit(&s)
		if got := string(s.Canonical()); got != want {
			t.Errorf("%s changes it: %s", what, got)
		}
	}
	first := mustParse(t, everything)
	first.Canonical()
	if first.Aliases[0] != "web" {
		t.Error("Canonical changed the spec")
	}
}
