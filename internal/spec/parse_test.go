package spec

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"lxdocker/internal/lifecycle"

	"go.yaml.in/yaml/v4"
)

// oneFile is a folder with one file.
func oneFile(file, text string) func(name string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		if name != file {
			return nil, errors.New("no such file or directory")
		}
		return []byte(text), nil
	}
}

func noFile(string) ([]byte, error) { return nil, errors.New("no such file or directory") }

func mustParse(t *testing.T, text string) Spec {
	t.Helper()
	s, wrong := parse("nginx", "nginx.yaml", []byte(text), oneFile("page.html", "<p>hello"))
	if len(wrong) > 0 {
		t.Fatalf("in\n%s\nis wrong\n%s", text, wrong)
	}
	s.places = nil
	return s
}

func ptr[T any](v T) *T { return &v }

// rightDocuments are specs with nothing wrong, and what they mean beyond
// `image: nginx`.
func rightDocuments() map[string]struct {
	text string
	want Spec
} {
	type right = struct {
		text string
		want Spec
	}
	content := func(s string) *[]byte { return ptr([]byte(s)) }
	health := func(h Healthcheck) Spec { return Spec{Edits: Edits{Healthcheck: &h}} }
	return map[string]right{
		"the image alone":                               {"", Spec{}},
		"a supervisor that is disabled":                 {"disable_supervisor: true", Spec{Edits: Edits{DisableSupervisor: ptr(true)}}},
		"a supervisor that is not":                      {"disable_supervisor: false", Spec{Edits: Edits{DisableSupervisor: ptr(false)}}},
		"a supervisor: yes":                             {"disable_supervisor: yes", Spec{Edits: Edits{DisableSupervisor: ptr(true)}}},
		"a supervisor: On":                              {"disable_supervisor: On", Spec{Edits: Edits{DisableSupervisor: ptr(true)}}},
		"a supervisor: OFF":                             {"disable_supervisor: OFF", Spec{Edits: Edits{DisableSupervisor: ptr(false)}}},
		"no value for the supervisor":                   {"disable_supervisor:", Spec{}},
		"a description":                                 {"description: nginx, the web server", Spec{Edits: Edits{Description: "nginx, the web server"}}},
		"a folded description":                          {"description: >\n  nginx,\n  the web server\n", Spec{Edits: Edits{Description: "nginx, the web server"}}},
		"aliases":                                       {"aliases: [web, nginx:1.27, library/nginx, 1.10, a@b]", Spec{Edits: Edits{Aliases: []string{"web", "nginx:1.27", "library/nginx", "1.10", "a@b"}}}},
		"one architecture":                              {"architecture: arm64", Spec{Architecture: []string{"arm64"}}},
		"architectures in LXD's words":                  {"architecture: [x86_64, aarch64, armhf, armel, i686, ppc64el, loongarch64]", Spec{Architecture: []string{"amd64", "arm64", "arm/v7", "arm/v6", "386", "ppc64le", "loong64"}}},
		"architectures in OCI's words":                  {"architecture: [amd64, arm64, arm/v7, arm/v6, 386, ppc64le, s390x, riscv64, loong64]", Spec{Architecture: []string{"amd64", "arm64", "arm/v7", "arm/v6", "386", "ppc64le", "s390x", "riscv64", "loong64"}}},
		"architectures in the kernel's words":           {"architecture: [armv7l, armv6l, arm64/v8]", Spec{Architecture: []string{"arm/v7", "arm/v6", "arm64"}}},
		"a key in the spec":                             {"verify:\n  keys: |\n    -----BEGIN PUBLIC KEY-----\n    AAAA\n    -----END PUBLIC KEY-----\n", Spec{Verify: &Verify{Keys: []PublicKey{{PEM: "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"}}}}},
		"a key beside it":                               {"verify: {keys: [page.html], require: all, annotations: {env: prod, n: 1}}", Spec{Verify: &Verify{Keys: []PublicKey{{"page.html", "<p>hello"}}, Require: "all", Annotations: map[string]string{"env": "prod", "n": "1"}}}},
		"a digest that is asked for":                    {"verify: {digest: 'sha256:0123456789012345678901234567890123456789012345678901234567890123'}", Spec{Verify: &Verify{Digest: "sha256:0123456789012345678901234567890123456789012345678901234567890123"}}},
		"an entrypoint":                                 {"entrypoint: [nginx, -g, daemon off;]", Spec{Edits: Edits{Entrypoint: &[]string{"nginx", "-g", "daemon off;"}}}},
		"an entrypoint for the shell":                   {"entrypoint: exec nginx -g 'daemon off;'", Spec{Edits: Edits{Entrypoint: &[]string{"/bin/sh", "-c", "exec nginx -g 'daemon off;'"}}}},
		"no entrypoint":                                 {"entrypoint: []\ncmd: [nginx]", Spec{Edits: Edits{Entrypoint: &[]string{}, Cmd: &[]string{"nginx"}}}},
		"no cmd":                                        {"cmd: []", Spec{Edits: Edits{Cmd: &[]string{}}}},
		"a cmd of numbers and booleans":                 {"cmd: [sleep, 010, 1.50, true, '']", Spec{Edits: Edits{Cmd: &[]string{"sleep", "010", "1.50", "true", ""}}}},
		"a cmd that tests":                              {"cmd: '[ -e /x ] && nginx'", Spec{Edits: Edits{Cmd: &[]string{"/bin/sh", "-c", "[ -e /x ] && nginx"}}}},
		"env as a mapping":                              {"env: {A: b, C: 'd=e', EMPTY: ''}", Spec{Edits: Edits{Env: map[string]string{"A": "b", "C": "d=e", "EMPTY": ""}}}},
		"env as a list":                                 {"env: [A=b, 'C=d=e', EMPTY=]", Spec{Edits: Edits{Env: map[string]string{"A": "b", "C": "d=e", "EMPTY": ""}}}},
		"env as it is written":                          {"env: {A: 8080, B: true, C: yes, D: 1.10, E: 0x1F, F: 2024-01-01, G: 010}", Spec{Edits: Edits{Env: map[string]string{"A": "8080", "B": "true", "C": "yes", "D": "1.10", "E": "0x1F", "F": "2024-01-01", "G": "010"}}}},
		"env of several lines":                          {"env:\n  KEY: |\n    a\n    b\n", Spec{Edits: Edits{Env: map[string]string{"KEY": "a\nb\n"}}}},
		"env that no shell could name":                  {"env: {a.b: c, 'd-e f': g}", Spec{Edits: Edits{Env: map[string]string{"a.b": "c", "d-e f": "g"}}}},
		"env with its lines commented out":              {"env:\n  # A: b", Spec{}},
		"env by an alias":                               {"properties: &p {A: b}\nenv: *p", Spec{Edits: Edits{Properties: map[string]string{"A": "b"}, Env: map[string]string{"A": "b"}}}},
		"a user by name":                                {"user: web", Spec{Edits: Edits{User: ptr("web")}}},
		"a user by number":                              {"user: 1000", Spec{Edits: Edits{User: ptr("1000")}}},
		"a user with a group":                           {"user: 1000:1000", Spec{Edits: Edits{User: ptr("1000:1000")}}},
		"a user named with a group":                     {"user: web:www-data", Spec{Edits: Edits{User: ptr("web:www-data")}}},
		"root with a group":                             {"user: ':www-data'", Spec{Edits: Edits{User: ptr(":www-data")}}},
		"a workdir":                                     {"workdir: /srv/www/", Spec{Edits: Edits{WorkDir: ptr("/srv/www")}}},
		"a stop signal":                                 {"stop_signal: SIGQUIT", Spec{Edits: Edits{StopSignal: ptr("SIGQUIT")}}},
		"a stop signal, short":                          {"stop_signal: quit", Spec{Edits: Edits{StopSignal: ptr("SIGQUIT")}}},
		"a stop signal by number":                       {"stop_signal: 3", Spec{Edits: Edits{StopSignal: ptr("3")}}},
		"a real-time stop signal":                       {"stop_signal: RTMIN+3", Spec{Edits: Edits{StopSignal: ptr("SIGRTMIN+3")}}},
		"a stop timeout in seconds":                     {"stop_timeout: 300", Spec{Edits: Edits{StopTimeout: ptr(5 * time.Minute)}}},
		"a stop timeout with units":                     {"stop_timeout: 1m30s", Spec{Edits: Edits{StopTimeout: ptr(90 * time.Second)}}},
		"a stop timeout in quotes":                      {"stop_timeout: '20'", Spec{Edits: Edits{StopTimeout: ptr(20 * time.Second)}}},
		"no limit for a stop":                           {"stop_timeout: 0", Spec{Edits: Edits{StopTimeout: ptr(time.Duration(0))}}},
		"a year for a stop":                             {"stop_timeout: 8760h", Spec{Edits: Edits{StopTimeout: ptr(8760 * time.Hour)}}},
		"tty: true":                                     {"tty: true", Spec{Edits: Edits{TTY: true}}},
		"tty: false":                                    {"tty: false", Spec{}},
		"restart: no, false to YAML 1.1":                {"restart: no", Spec{}},
		"restart: No":                                   {"restart: No", Spec{}},
		"restart: no, in quotes":                        {"restart: 'no'", Spec{}},
		"restart: false":                                {"restart: false", Spec{}},
		"restart: always":                               {"restart: always", Spec{Edits: Edits{Restart: lifecycle.Restart{When: lifecycle.RestartAlways}}}},
		"restart: on-failure":                           {"restart: on-failure", Spec{Edits: Edits{Restart: lifecycle.Restart{When: lifecycle.RestartOnFailure}}}},
		"restart: on-failure, counted":                  {"restart: on-failure:05", Spec{Edits: Edits{Restart: lifecycle.Restart{When: lifecycle.RestartOnFailure, Max: 5}}}},
		"restart: on-failure, up to the largest number": {"restart: on-failure:2147483647", Spec{Edits: Edits{Restart: lifecycle.Restart{When: lifecycle.RestartOnFailure, Max: 1<<31 - 1}}}},
		"a check by argv":                               {"healthcheck: {test: [CMD, curl, -f, 'http://localhost/?a b', 80, '']}", health(Healthcheck{Test: []string{"CMD", "curl", "-f", "http://localhost/?a b", "80", ""}})},
		"a check for the shell":                         {"healthcheck: {test: [CMD-SHELL, 'curl -f localhost || exit 1']}", health(Healthcheck{Test: []string{"CMD-SHELL", "curl -f localhost || exit 1"}})},
		"a check as text":                               {"healthcheck:\n  test: curl -f $URL\n", health(Healthcheck{Test: []string{"CMD-SHELL", "curl -f $URL"}})},
		"a check that is always well":                   {"healthcheck: {test: true}", health(Healthcheck{Test: []string{"CMD-SHELL", "true"}})},
		"a check that tests":                            {"healthcheck: {test: '[ -e /run/up ]'}", health(Healthcheck{Test: []string{"CMD-SHELL", "[ -e /run/up ]"}})},
		"the image's check, changed": {"healthcheck: {interval: 1m30s, timeout: 500ms, start_period: 2h, start_interval: 1.5s, retries: 10}", health(Healthcheck{
			Interval: ptr(90 * time.Second), Timeout: ptr(500 * time.Millisecond), StartPeriod: ptr(2 * time.Hour), StartInterval: ptr(1500 * time.Millisecond), Retries: ptr(10)})},
		"no start period":                {"healthcheck: {start_period: 0s}", health(Healthcheck{StartPeriod: ptr(time.Duration(0))})},
		"no start period, bare":          {"healthcheck: {start_period: 0}", health(Healthcheck{StartPeriod: ptr(time.Duration(0))})},
		"a disabled check":               {"healthcheck: {disable: true}", health(Healthcheck{Disable: true})},
		"a check disabled by NONE":       {"healthcheck: {test: [NONE]}", health(Healthcheck{Disable: true})},
		"a check disabled by both":       {"healthcheck: {test: [NONE], disable: yes}", health(Healthcheck{Disable: true})},
		"healthcheck: false":             {"healthcheck: false", health(Healthcheck{Disable: true})},
		"healthcheck: no":                {"healthcheck: no", health(Healthcheck{Disable: true})},
		"healthcheck: none":              {"healthcheck: none", health(Healthcheck{Disable: true})},
		"a check that is left alone":     {"healthcheck: {disable: false}", Spec{}},
		"disable without a value":        {"healthcheck: {disable: , retries: 1}", health(Healthcheck{Retries: ptr(1)})},
		"on_unhealthy: restart":          {"on_unhealthy: restart", Spec{Edits: Edits{OnUnhealthy: "restart"}}},
		"on_unhealthy: nothing":          {"on_unhealthy: nothing", Spec{}},
		"a size in bytes":                {"shm_size: 67108864", Spec{Edits: Edits{ShmSize: 64 << 20}}},
		"a size in b":                    {"shm_size: 67108864b", Spec{Edits: Edits{ShmSize: 64 << 20}}},
		"a size in k":                    {"shm_size: 512k", Spec{Edits: Edits{ShmSize: 512 << 10}}},
		"a size in mb":                   {"shm_size: 128mb", Spec{Edits: Edits{ShmSize: 128 << 20}}},
		"a size in MiB":                  {"shm_size: 128 MiB", Spec{Edits: Edits{ShmSize: 128 << 20}}},
		"a size in G":                    {"shm_size: 2G", Spec{Edits: Edits{ShmSize: 2 << 30}}},
		"a size in gb":                   {"shm_size: '1gb'", Spec{Edits: Edits{ShmSize: 1 << 30}}},
		"a page":                         {"shm_size: 4096", Spec{Edits: Edits{ShmSize: 4096}}},
		"groups":                         {"groups: [video, 44, '4711']", Spec{Edits: Edits{Groups: []string{"video", "44", "4711"}}}},
		"no groups":                      {"groups:", Spec{}},
		"a log of some size":             {"log_size: 64m", Spec{Edits: Edits{LogSize: ptr[int64](64 << 20)}}},
		"no log":                         {"log_size: 0", Spec{Edits: Edits{LogSize: ptr[int64](0)}}},
		"no log, in quotes":              {"log_size: '0'", Spec{Edits: Edits{LogSize: ptr[int64](0)}}},
		"/tmp on disk":                   {"tmp: disk", Spec{Edits: Edits{Tmp: lifecycle.Volatile{OnDisk: true}}}},
		"/tmp of some size":              {"tmp: 64mb", Spec{Edits: Edits{Tmp: lifecycle.Volatile{Size: 64 << 20}}}},
		"/run in memory":                 {"run: memory", Spec{}},
		"the smallest /run":              {"run: 1048576", Spec{Edits: Edits{Run: lifecycle.Volatile{Size: 1 << 20}}}},
		"the biggest size":               {"shm_size: 1048576g", Spec{Edits: Edits{ShmSize: 1 << 50}}},
		"properties as they are written": {"properties: {os: nginx, release: 1.10, lts: true}", Spec{Edits: Edits{Properties: map[string]string{"os": "nginx", "release": "1.10", "lts": "true"}}}},
		"requirements":                   {"requirements: {nesting: true}", Spec{Edits: Edits{Requirements: map[string]string{"nesting": "true"}}}},
		"files as a mapping": {"files:\n  /b: {source: page.html}\n  /a: hello\n", Spec{Edits: Edits{Files: []File{
			{Path: "/a", Content: content("hello")}, {Path: "/b", Content: content("<p>hello")}}}}},
		"files as a list": {"files:\n  - {path: /b/c, directory: yes, mode: 0o1777, uid: 1, gid: 2}\n  - {path: /b, remove: true}\n", Spec{Edits: Edits{Files: []File{
			{Path: "/b", Remove: true}, {Path: "/b/c", Directory: true, Mode: ptr[uint32](0o1777), UID: 1, GID: 2}}}}},
		"a symlink with an owner":  {"files: [{path: /l, symlink: ../t, uid: 1}]", Spec{Edits: Edits{Files: []File{{Path: "/l", Symlink: "../t", UID: 1}}}}},
		"an empty file":            {"files: {/e: ''}", Spec{Edits: Edits{Files: []File{{Path: "/e", Content: content("")}}}}},
		"a mode in octal":          {"files: {/e: {content: '', mode: 0640}}", Spec{Edits: Edits{Files: []File{{Path: "/e", Content: content(""), Mode: ptr[uint32](0o640)}}}}},
		"a mode as text":           {"files: {/e: {content: '', mode: '640'}}", Spec{Edits: Edits{Files: []File{{Path: "/e", Content: content(""), Mode: ptr[uint32](0o640)}}}}},
		"a mode with setuid":       {"files: {/e: {content: '', mode: '4755'}}", Spec{Edits: Edits{Files: []File{{Path: "/e", Content: content(""), Mode: ptr[uint32](0o4755)}}}}},
		"a path below a symlink":   {"files: {/l: {symlink: /t}, /l/x: hello}", Spec{Edits: Edits{Files: []File{{Path: "/l", Symlink: "/t"}, {Path: "/l/x", Content: content("hello")}}}}},
		"empty lists and mappings": {"aliases:\nproperties:\nrequirements:\nhealthcheck:\nfiles:\n", Spec{}},
	}
}

func TestParse(t *testing.T) {
	for name, c := range rightDocuments() {
		t.Run(name, func(t *testing.T) {
			want := c.want
			want.Name, want.File, want.Image = "nginx", "nginx.yaml", "nginx"
			if got := mustParse(t, "image: nginx\n"+c.text); !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

// TestOldSpecs: files for the first version of lxdocker, which knew two keys.
func TestOldSpecs(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want Spec
	}{
		"an image":                      {"image: library/nginx\n", Spec{Image: "library/nginx"}},
		"an image of another registry":  {"image: ghcr.io/owner/name:tag\n", Spec{Image: "ghcr.io/owner/name:tag"}},
		"no line break at the end":      {"image: nginx", Spec{Image: "nginx"}},
		"quotes":                        {"image: \"nginx:1.10\"\ndisable_supervisor: true\n", Spec{Image: "nginx:1.10", Edits: Edits{DisableSupervisor: ptr(true)}}},
		"a document marker":             {"---\nimage: nginx\ndisable_supervisor: false\n", Spec{Image: "nginx", Edits: Edits{DisableSupervisor: ptr(false)}}},
		"a document marker at the end":  {"image: nginx\n---\n", Spec{Image: "nginx"}},
		"an end marker":                 {"image: nginx\n...\n", Spec{Image: "nginx"}},
		"the words of YAML 1.1":         {"image: nginx\ndisable_supervisor: yes\n", Spec{Image: "nginx", Edits: Edits{DisableSupervisor: ptr(true)}}},
		"a version of YAML":             {"# web\n\n%YAML 1.2 # now\n---\nimage: nginx\n", Spec{Image: "nginx"}},
		"a version of YAML from DOS":    {"%YAML 1.2\r\n---\r\nimage: nginx\r\n", Spec{Image: "nginx"}},
		"an older version of YAML":      {"%YAML 1.1\n---\nimage: nginx\n", Spec{Image: "nginx"}},
		"what looks like a version":     {"image: nginx\ndescription: |-\n    %YAML 1.2\n", Spec{Image: "nginx", Edits: Edits{Description: "%YAML 1.2"}}},
		"JSON":                          {`{"image": "nginx", "description": "\ud83d\ude00 a\/b \\ud83d \uD83D\uDE00", "cmd": ["\udbff\udfff", "\\ud83d\\ude00"]}`, Spec{Image: "nginx", Edits: Edits{Description: `😀 a/b \ud83d 😀`, Cmd: &[]string{"\U0010ffff", `\ud83d\ude00`}}}},
		"quotes with JSON's escapes":    {"image: nginx\ncmd:\n- \"a\\ud83d\\ude00\n  b\\ud83d\\ude01\"\n- 'a\\ud83d\\ude00'\n- \\ud83d\\ude00\n", Spec{Image: "nginx", Edits: Edits{Cmd: &[]string{"a😀 b😁", `a\ud83d\ude00`, `\ud83d\ude00`}}}},
		"a page of Docker Hub":          {"image: https://hub.docker.com/r/grafana/grafana/tags\n", Spec{Image: "https://hub.docker.com/r/grafana/grafana/tags"}},
		"comments and blank lines":      {"# web\n\nimage: nginx # latest\n", Spec{Image: "nginx"}},
		"line breaks of Windows":        {"image: nginx\r\ndisable_supervisor: true\r\n", Spec{Image: "nginx", Edits: Edits{DisableSupervisor: ptr(true)}}},
		"a byte order mark":             {"\ufeffimage: nginx\n", Spec{Image: "nginx"}},
		"braces":                        {"{image: nginx, disable_supervisor: on}\n", Spec{Image: "nginx", Edits: Edits{DisableSupervisor: ptr(true)}}},
		"an image that looks a number":  {"image: 1.10\n", Spec{Image: "1.10"}},
		"an indentation for everything": {"   image: nginx\n   disable_supervisor: n\n", Spec{Image: "nginx", Edits: Edits{DisableSupervisor: ptr(false)}}},
	} {
		t.Run(name, func(t *testing.T) {
			want := c.want
			want.Name, want.File = "nginx", "nginx.yaml"
			if got := mustParse(t, c.text); !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

// TestBytes: what is wrong that an archive of text files cannot show.
func TestBytes(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"a control character": {"image: nginx\nuser: a\x1bb\n",
			"nginx.yaml:2:8: a control character (U+001B)\n  user: a\ufffdb\n         ^ write it as an escape in double quotes: \"\\x1b\""},
		"a control character in env": {"image: nginx\nenv:\n  A: \x1b\n",
			"nginx.yaml:3:6: a control character (U+001B)\n  write it as an escape in double quotes: \"\\x1b\" (the line is not shown: it may hold a secret)"},
		"Latin-1": {"image: nginx\ndescription: caf\xe9 web\n",
			"nginx.yaml:2:17: a byte that is not UTF-8\n  description: caf\ufffd web\n                  ^ save the file as UTF-8"},
		"UTF-16":                               {"\xff\xfei\x00m\x00", "nginx.yaml:1:1: the file is UTF-16\n  \ufffd\ufffdi\ufffdm\ufffd\n  ^ save it as UTF-8"},
		"a mistake behind the byte order mark": {"\ufeffimgae: nginx\n", "nginx.yaml:1:1: unknown key \"imgae\"\n  imgae: nginx\n  ^ did you mean \"image\"?"},
		"a byte order mark inside":             {"image: nginx\n\ufeffuser: web\n", "nginx.yaml:2:1: unknown key \"\\ufeffuser\"\n  \ufffduser: web\n  ^ did you mean \"user\"?"},
		"a column after characters, not bytes": {"image: nginx\nproperties: {ö: ä, é: x}\n", "nginx.yaml:2:14: \"ö\" cannot be a key of properties\n  properties: {ö: ä, é: x}\n               ^ use letters, digits, '.', '_' and '-'\nnginx.yaml:2:20: \"é\" cannot be a key of properties\n  properties: {ö: ä, é: x}\n                     ^ use letters, digits, '.', '_' and '-'"},
		"a line after YAML's line breaks":      {"image: nginx\r\ndescription: a\u2028\rusr: b\r\n", "nginx.yaml:4:1: unknown key \"usr\"\n  usr: b\n  ^ did you mean \"user\"?"},
	} {
		t.Run(name, func(t *testing.T) {
			_, wrong := parse("nginx", "nginx.yaml", []byte(c.text), noFile)
			if got := wrong.Error(); got != c.want {
				t.Errorf("got\n%q\nwant\n%q", got, c.want)
			}
		})
	}
}

// TestBombs: small files that ask for much.
func TestBombs(t *testing.T) {
	var aliases, contents strings.Builder
	fmt.Fprintf(&contents, "image: nginx\nproperties: {big: &big %s}\nfiles:\n", strings.Repeat("x", 1<<19))
	for i := range 1000 {
		fmt.Fprintf(&contents, "  /%d: *big\n", i)
	}
	aliases.WriteString("image: nginx\nproperties: &a {" + strings.Repeat("k: v, ", 40_000) + "}\nfiles: [" + strings.Repeat("*a, ", 40_000) + "]\n")
	for name, c := range map[string]struct{ text, want string }{
		"nested lists":                 {"image: " + strings.Repeat("[", 400_000), "nested too deeply"},
		"nested lists, closed":         {"image: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000), "image must be text, this is a list"},
		"aliases of mappings":          {aliases.String(), "more errors than anybody wants to read"},
		"aliases of contents":          {contents.String(), "the files of the spec are bigger than 64 MiB together"},
		"a list of a hundred thousand": {"image: nginx\ncmd: [" + strings.Repeat("a,", 100_000) + "]", "the spec has more than 50000 values"},
		"aliases of aliases":           {"image: nginx\na: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\ncmd: *c\n", "an entry of cmd must be text, this is a list"},
		"an alias of itself":           {"image: nginx\nproperties: &p {a: *p}\n", "a must be text, this is a mapping"},
		"a key of half a megabyte":     {"image: nginx\n? " + strings.Repeat("k", 1<<19) + "\n: v\n", "unknown key \"" + strings.Repeat("k", 60) + "…\""},
	} {
		t.Run(name, func(t *testing.T) {
			_, wrong := parse("nginx", "nginx.yaml", []byte(c.text), noFile)
			found := false
			for _, d := range wrong {
				found = found || d.Text == c.want
			}
			if !found {
				t.Errorf("%d diagnostics, none is %q; the first: %.300s", len(wrong), c.want, wrong.Error())
			}
			if size := len(wrong[0].Error()); size > 1000 {
				t.Errorf("a message of %d bytes", size)
			}
		})
	}
}

// yamlLines cuts text where YAML does.
func yamlLines(text string) []string {
	return regexp.MustCompile("\r\n|[\n\r\u0085\u2028\u2029]").Split(strings.TrimPrefix(text, "\ufeff"), -1)
}

// FuzzParse: whatever the text, there is no panic, positions are in the file, and
// what is accepted, the schema accepts, too.
func FuzzParse(f *testing.F) {
	for _, c := range rightDocuments() {
		f.Add("image: nginx\n" + c.text)
	}
	for _, file := range archives(f) {
		for _, c := range readFolders(f, file) {
			f.Add(string(c.specs[0].Data))
		}
	}
	valid := validator(f)
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > maxSpec {
			return
		}
		s, wrong := parse("nginx", "nginx.yaml", []byte(text), oneFile("page.html", "hello"))
		lines := yamlLines(text)
		for _, d := range wrong {
			if d.Line < 1 || d.Line > len(lines) || d.Col < 1 || d.Col > utf8.RuneCountInString(lines[d.Line-1])+1 {
				t.Errorf("%d:%d is not in the file: %s", d.Line, d.Col, d.Text)
			}
			if d.Text == "" || d.Hint == "" {
				t.Errorf("a diagnostic without text or hint: %+v", d)
			}
			_ = d.Error()
		}
		if len(wrong) > 0 {
			return
		}
		if s.Image == "" {
			t.Error("a spec without an image was accepted")
		}
		var notYAML *yaml.LoadError // of what our reader understands beyond the library
		if err := valid([]byte(text)); err != nil && !errors.As(err, &notYAML) {
			t.Errorf("the schema refuses what is accepted: %v", err)
		}
		_ = s.Canonical()
	})
}
