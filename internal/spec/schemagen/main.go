// Command schemagen writes the JSON schema of specs from the Go type: its fields
// give the keys, their comments the descriptions. It is a program of its own so
// that package spec does not carry the generator along.
package main

import (
	"fmt"
	"os"
)

func main() {
	data, err := generate(".")
	if err == nil {
		err = os.WriteFile("schema.json", data, 0o666)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "schemagen:", err)
		os.Exit(1)
	}
}
