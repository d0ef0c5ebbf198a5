package guest

import "lxdocker/internal/lifecycle"

// Restart says what happens when the application ends without having been asked
// to.
type Restart = lifecycle.Restart

const (
	RestartOnFailure = lifecycle.RestartOnFailure
	RestartAlways    = lifecycle.RestartAlways
)

// ParseRestart understands "no", "always", "on-failure" and "on-failure:3".
func ParseRestart(s string) (Restart, error) { return lifecycle.ParseRestart(s) }
