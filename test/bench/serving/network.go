package serving

import (
	"context"
	"fmt"
	"os/exec"
)

// addressFormat is that of the namespace's addresses. They are not those of loopback:
// connections from there have no share of a server.
const addressFormat = "10.98.0.%d"

// What the addresses are for.
const (
	serverAddress = 1
	askingAddress = 2 // of the one who measures answers
	firstHolder   = 11
	holders       = 40 // clients with idle connections, and as many with slow ones
	lastAddress   = firstHolder + 2*holders
)

func host(n int) string { return fmt.Sprintf(addressFormat, n) }

// makeNetwork gives the namespace its addresses.
func makeNetwork(ctx context.Context) error {
	commands := [][]string{{"link", "set", "lo", "up"}}
	for n := serverAddress; n < lastAddress; n++ {
		commands = append(commands, []string{"address", "add", host(n) + "/24", "dev", "lo"})
	}
	for _, args := range commands {
		if out, err := exec.CommandContext(ctx, "ip", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("running ip %v: %w\n%s", args, err, out)
		}
	}
	return nil
}
