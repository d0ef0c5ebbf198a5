package version

import (
	"runtime/debug"
	"testing"
)

func TestTheVersionIsThatOfTheTagOrNamesTheCommit(t *testing.T) {
	const commit = "046aa29e9f1c2b3a4d5e6f708192a3b4c5d6e7f8"
	for name, c := range map[string]struct {
		main, commit, modified string
		want                   string
	}{
		"a tag":                           {main: "v1.2.3", commit: commit, modified: "false", want: "1.2.3"},
		"a release candidate":             {main: "v1.2.3-rc.1", commit: commit, modified: "false", want: "1.2.3-rc.1"},
		"a module from a proxy":           {main: "v1.2.3", want: "1.2.3"},
		"a tag with changed files":        {main: "v1.2.3+dirty", commit: commit, modified: "true", want: next + "-dev+046aa29e9f1c.dirty"},
		"a commit after a tag":            {main: "v1.2.4-0.20261129114500-046aa29e9f1c", commit: commit, modified: "false", want: next + "-dev+046aa29e9f1c"},
		"a commit, and never a tag":       {main: "v0.0.0-20261129114500-046aa29e9f1c", commit: commit, modified: "false", want: next + "-dev+046aa29e9f1c"},
		"changed files":                   {main: "v0.0.0-20261129114500-046aa29e9f1c+dirty", commit: commit, modified: "true", want: next + "-dev+046aa29e9f1c.dirty"},
		"no repository":                   {main: "(devel)", want: next + "-dev"},
		"a toolchain that notes no more":  {want: next + "-dev"},
		"a hash shorter than is expected": {commit: "046aa", modified: "false", want: next + "-dev+046aa"},
	} {
		t.Run(name, func(t *testing.T) {
			info := &debug.BuildInfo{Main: debug.Module{Version: c.main}}
			if c.commit != "" {
				info.Settings = []debug.BuildSetting{{Key: "vcs.revision", Value: c.commit}, {Key: "vcs.modified", Value: c.modified}}
			}
			if got := of(info).String(); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
