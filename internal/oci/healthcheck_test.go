package oci

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestHealthchecksAsBuildersWriteThem: the form is the same in configs of Docker
// and of OCI.
func TestHealthchecksAsBuildersWriteThem(t *testing.T) {
	for name, c := range map[string]struct {
		config string
		want   *Healthcheck
	}{
		"none":                 {`{}`, nil},
		"null":                 {`{"Healthcheck": null}`, nil},
		"the exec form":        {`{"Healthcheck": {"Test": ["CMD", "/check", "a b", ""]}}`, &Healthcheck{Test: []string{"CMD", "/check", "a b", ""}}},
		"the shell form":       {`{"Healthcheck": {"Test": ["CMD-SHELL", "curl -f $URL || exit 1"]}}`, &Healthcheck{Test: []string{"CMD-SHELL", "curl -f $URL || exit 1"}}},
		"NONE":                 {`{"Healthcheck": {"Test": ["NONE"]}}`, &Healthcheck{Test: []string{"NONE"}}},
		"times without a test": {`{"Healthcheck": {"Interval": 5000000000}}`, &Healthcheck{Interval: 5 * time.Second}},
		"everything": {`{"Healthcheck": {"Test": ["CMD", "x"], "Interval": 1000000, "Timeout": 2000000000, "StartPeriod": 60000000000, "StartInterval": 3000000000, "Retries": 7}}`,
			&Healthcheck{[]string{"CMD", "x"}, time.Millisecond, 2 * time.Second, time.Minute, 3 * time.Second, 7}},
		"a word of the future": {`{"Healthcheck": {"Test": ["CMD", "x"], "Jitter": "1s"}}`, &Healthcheck{Test: []string{"CMD", "x"}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseConfig([]byte(`{"config": ` + c.config + `}`))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got.Config.Healthcheck); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAHealthcheckThatCannotBeUsedCostsOnlyItself(t *testing.T) {
	for name, check := range map[string]string{
		"text":                     `"curl"`,
		"a list":                   `["CMD", "x"]`,
		"a test that is text":      `{"Test": "curl"}`,
		"a test of numbers":        `{"Test": ["CMD", 1]}`,
		"a form nobody knows":      `{"Test": ["curl", "-f"]}`,
		"a form in small letters":  `{"Test": ["cmd", "x"]}`,
		"no program":               `{"Test": ["CMD"]}`,
		"an empty program":         `{"Test": ["CMD", "", "x"]}`,
		"no text for the shell":    `{"Test": ["CMD-SHELL"]}`,
		"a NUL":                    `{"Test": ["CMD", "x", "a\u0000b"]}`,
		"an interval that is text": `{"Test": ["CMD", "x"], "Interval": "30s"}`,
		"a broken number":          `{"Test": ["CMD", "x"], "Interval": 1.5}`,
		"a number beyond all":      `{"Test": ["CMD", "x"], "Interval": 9223372036854775808}`,
		"a negative interval":      `{"Test": ["CMD", "x"], "Interval": -1}`,
		"a negative timeout":       `{"Test": ["CMD", "x"], "Timeout": -1000000000}`,
		"a negative start period":  `{"Test": ["CMD", "x"], "StartPeriod": -1}`,
		"a start interval of 1 ns": `{"Test": ["CMD", "x"], "StartInterval": 1}`,
		"negative retries":         `{"Test": ["CMD", "x"], "Retries": -1}`,
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseConfig([]byte(`{"config": {"User": "app", "Healthcheck": ` + check + `}}`))
			if err != nil {
				t.Fatal(err)
			}
			if got.Config.Healthcheck != nil || got.Config.User != "app" {
				t.Errorf("%+v", got.Config)
			}
		})
	}
}

func TestShell(t *testing.T) {
	for name, c := range map[string]struct {
		shell string
		want  []string
	}{
		"one":                         {`["/bin/bash", "-o", "pipefail", "-c"]`, []string{"/bin/bash", "-o", "pipefail", "-c"}},
		"null":                        {`null`, nil},
		"an empty one":                {`[]`, nil},
		"text":                        {`"/bin/bash -c"`, nil},
		"a command without a program": {`["", "-c"]`, nil},
		"a command with a NUL":        {`["/bin/\u0000sh"]`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseConfig([]byte(`{"config": {"Shell": ` + c.shell + `}}`))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got.Config.Shell); diff != "" {
				t.Error(diff)
			}
		})
	}
}
