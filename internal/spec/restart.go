package spec

import (
	"fmt"
	"strings"

	"lxdocker/internal/lifecycle"
	"lxdocker/internal/spec/diag"
)

// restart reads what happens when the program ends by itself. YAML 1.1, and with it
// many editors, reads `no` without quotes as false.
func (r *reader) restart(e diag.Entry) lifecycle.Restart {
	if always, ok := e.Value.Bool(); ok {
		if always {
			r.WrongValue(e, "restart does not say when", "write always, or on-failure")
		}
		return lifecycle.Restart{}
	}
	const known = "write no, on-failure, on-failure:N or always"
	s, ok := r.Word(e, "text", known)
	if !ok {
		return lifecycle.Restart{}
	}
	if policy, err := lifecycle.ParseRestart(s); err == nil && s != "" {
		return policy
	}
	hint := known
	if strings.HasPrefix(s, "on-failure:") {
		hint = "N of on-failure:N is 1 or more; without it there is no limit"
	} else if s == "unless-stopped" {
		hint = "write always: what LXD or Incus has stopped is not started again anyway"
	} else if meant := diag.Meant(s, lifecycle.RestartPolicies(), restartWords()); meant != "" {
		hint = fmt.Sprintf("did you mean %q?", meant)
	}
	r.WrongValue(e, "restart cannot be "+diag.Quote(s), hint)
	return lifecycle.Restart{}
}

// restartWords maps the words of other tools to policies.
func restartWords() map[string]string {
	return map[string]string{
		"never": "no", "none": "no", "false": "no", "true": "always", "unlessstopped": "always",
		"onfailure": "on-failure", "onerror": "on-failure", "failure": "on-failure", "onabnormal": "on-failure",
	}
}

// restartRule accepts false as well: that is how many YAML readers see `no`.
func restartRule() *rule {
	words := []any{false}
	for _, policy := range lifecycle.RestartPolicies() {
		words = append(words, policy)
	}
	return anyOf(oneOfWords(words...), matching(`^on-failure:0*[1-9][0-9]{0,9}$`), no())
}

// onUnhealthy reads what happens to an unhealthy program.
func (r *reader) onUnhealthy(e diag.Entry) string {
	hint := "write restart or nothing"
	s, ok := r.Word(e, "text", hint)
	switch {
	case !ok || s == "nothing":
		return ""
	case s == "restart":
		return s
	}
	words := map[string]string{"no": "nothing", "none": "nothing", "ignore": "nothing", "kill": "restart", "stop": "restart", "always": "restart"}
	if meant := diag.Meant(s, []string{"restart", "nothing"}, words); meant != "" {
		hint = fmt.Sprintf("did you mean %q?", meant)
	}
	r.WrongValue(e, "on_unhealthy cannot be "+diag.Quote(s), hint)
	return ""
}
