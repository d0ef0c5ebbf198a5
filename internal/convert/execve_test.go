package convert

import (
	"strconv"
	"strings"
	"testing"

	"lxdocker/internal/failure"
	"lxdocker/internal/oci"
	"lxdocker/internal/spec"
)

func TestWhatNoProgramCanBeStartedWith(t *testing.T) {
	variables := func(n, size int) (all []string) {
		for i := range n {
			name := strconv.Itoa(i) + "="
			all = append(all, name+strings.Repeat("x", size-len(name)))
		}
		return all
	}
	for name, test := range map[string]struct {
		config oci.Config
		edits  spec.Edits
		want   string // "": it is fine
	}{
		"nothing":                          {},
		"as many variables as may be":      {config: oci.Config{Env: variables(1000, 20)}},
		"one more":                         {config: oci.Config{Env: variables(1001, 20)}, want: "ENV has 1001 entries, and no container starts with more than 1000"},
		"one more by the spec":             {config: oci.Config{Env: variables(1000, 20)}, edits: spec.Edits{Env: map[string]string{"X": "y"}}, want: "ENV has 1001 entries"},
		"one name again and again":         {config: oci.Config{Env: slicesOf("A=b", 5000)}},
		"many arguments":                   {config: oci.Config{Cmd: slicesOf("x", 1001)}, want: "CMD has 1001 entries"},
		"many arguments the spec replaces": {config: oci.Config{Cmd: slicesOf("x", 1001)}, edits: spec.Edits{Cmd: &[]string{"x"}}},
		"a long variable":                  {config: oci.Config{Env: variables(1, 128<<10-1)}},
		"a longer one":                     {config: oci.Config{Env: variables(1, 128<<10)}, want: "an entry of ENV has 131072 bytes, and Linux starts no program with more than 131071"},
		"much together":                    {config: oci.Config{Entrypoint: variables(10, 100_000), Env: variables(11, 100_000)}, want: "take 2.1 MB together, and Linux starts no program with more than"},
	} {
		err := startable(process(test.config, test.edits))
		if got := ""; err != nil {
			if got = err.Error(); failure.KindOf(err) != failure.TooLarge {
				t.Errorf("%s: the error is of kind %v", name, failure.KindOf(err))
			}
			if test.want == "" || !strings.Contains(got, test.want) {
				t.Errorf("%s: %s", name, got)
			}
		} else if test.want != "" {
			t.Errorf("%s: there is no error", name)
		}
	}
}

func slicesOf(s string, n int) []string { return strings.Split(strings.Repeat(s+",", n-1)+s, ",") }
