package spec

import (
	"fmt"
	"strings"

	"lxdocker/internal/lifecycle"
)

// restart reads what happens when the program ends by itself. `no` without
// quotes is false to YAML 1.1, and to editors.
func (r *reader) restart(p pair) string {
	if always, ok := boolean(p.value); ok {
		if always {
			r.wrongValue(p, "restart does not say when", "write always, or on-failure")
		}
		return ""
	}
	const known = "write no, on-failure, on-failure:N or always"
	s, ok := r.word(p, "text", known)
	if !ok {
		return ""
	}
	if policy, err := lifecycle.ParseRestart(s); err == nil && s != "" {
		if policy == (lifecycle.Restart{}) {
			return ""
		}
		return policy.String()
	}
	hint := known
	if strings.HasPrefix(s, "on-failure:") {
		hint = "N of on-failure:N is 1 or more; without it there is no limit"
	} else if s == "unless-stopped" {
		hint = "write always: what LXD or Incus has stopped is not started again anyway"
	} else if meant := suggest(s, lifecycle.RestartPolicies(), restartWords()); meant != "" {
		hint = fmt.Sprintf("did you mean %q?", meant)
	}
	r.wrongValue(p, "restart cannot be "+quote(s), hint)
	return ""
}

// restartWords are what other tools call the ways to restart.
func restartWords() map[string]string {
	return map[string]string{
		"never": "no", "none": "no", "false": "no", "true": "always", "unlessstopped": "always",
		"onfailure": "on-failure", "onerror": "on-failure", "failure": "on-failure", "onabnormal": "on-failure",
	}
}

// onUnhealthy reads what happens to a program that does not work.
func (r *reader) onUnhealthy(p pair) string {
	hint := "write restart or nothing"
	s, ok := r.word(p, "text", hint)
	switch {
	case !ok || s == "nothing":
		return ""
	case s == "restart":
		return s
	}
	words := map[string]string{"no": "nothing", "none": "nothing", "ignore": "nothing", "kill": "restart", "stop": "restart", "always": "restart"}
	if meant := suggest(s, []string{"restart", "nothing"}, words); meant != "" {
		hint = fmt.Sprintf("did you mean %q?", meant)
	}
	r.wrongValue(p, "on_unhealthy cannot be "+quote(s), hint)
	return ""
}
