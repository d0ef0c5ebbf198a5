package oracle_test

import (
	"flag"
	"os"
	"testing"
)

// Unpacking takes long, so there are fewer runs than rapid's default of 100, unless
// -rapid.checks asks for more.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "60"); err != nil {
		panic(err)
	}
	flag.Parse()
	os.Exit(m.Run())
}
