package serving

import "fmt"

// addressFormat is that of the namespace's addresses.
const addressFormat = "10.98.0.%d"

// What the addresses are for.
const (
	serverAddress = 1
	askingAddress = 2 // of the one who measures answers
	firstHolder   = 11
	holders       = 40 // clients with idle connections, and as many with slow ones
	lastAddress   = firstHolder + 2*holders - 1
)

func host(n int) string { return fmt.Sprintf(addressFormat, n) }
