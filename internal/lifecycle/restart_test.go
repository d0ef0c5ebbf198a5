package lifecycle

import (
	"strings"
	"testing"
)

func TestParseRestart(t *testing.T) {
	for written, want := range map[string]Restart{
		"":                      {},
		"no":                    {},
		"always":                {When: RestartAlways},
		"on-failure":            {When: RestartOnFailure},
		"on-failure:1":          {When: RestartOnFailure, Max: 1},
		"on-failure:2147483647": {When: RestartOnFailure, Max: 1<<31 - 1},
	} {
		got, err := ParseRestart(written)
		if err != nil || got != want {
			t.Errorf("%q is %+v (%v), not %+v", written, got, err, want)
		}
		if again, err := ParseRestart(got.String()); err != nil || again != got {
			t.Errorf("%q written again, %q, is %+v (%v)", written, got.String(), again, err)
		}
	}
	for _, policy := range RestartPolicies() {
		if got, err := ParseRestart(policy); err != nil || got.String() != policy {
			t.Errorf("%s is %s (%v)", policy, got, err)
		}
	}
	for written, hint := range map[string]string{
		"on-failure:": "with N from 1", "on-failure:0": "with N from 1", "on-failure:-1": "with N from 1", "on-failure:x": "with N from 1",
		"on-failure:2147483648": "with N from 1", "sometimes": "it is no, on-failure", "unless-stopped": "write always",
	} {
		if got, err := ParseRestart(written); err == nil || !strings.Contains(err.Error(), hint) {
			t.Errorf("%q is %s, %v", written, got, err)
		}
	}
}
