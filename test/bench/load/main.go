package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

// target is what clients ask for, and from where.
type target struct {
	server string // host:port
	path   string
	trust  *x509.CertPool
	from   string // a format for the address of client n, from 0; "": any
	first  int    // the n of the first client
	suite  uint16 // of TLS 1.3, that the server has to choose; 0: any
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("say what to do: downloads, asks or holds")
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	t := target{suite: suite}
	flags.StringVar(&t.server, "server", "", "the server's `HOST:PORT`")
	flags.StringVar(&t.path, "path", "/", "what to ask for")
	flags.StringVar(&t.from, "from", "", "a `FORMAT` of the clients' addresses, such as 10.0.0.%d")
	flags.IntVar(&t.first, "first", 1, "the number of the first client's address")
	trust := flags.String("trust", "", "a `FILE` with the server's certificate")
	clients := flags.Int("clients", 1, "how many clients download")
	times := flags.Int("times", 1, "how often each client asks")
	idle := flags.Int("idle", 0, "how many connections do nothing")
	slow := flags.Int("slow", 0, "how many read slowly")
	addresses := flags.Int("addresses", 1, "from how many addresses the idle ones come; the slow ones come from as many others")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	var err error
	if t.trust, err = trusted(*trust); err != nil {
		return err
	}
	var result any
	switch args[0] {
	case "downloads":
		result, err = downloads(ctx, t, *clients, *times)
	case "asks":
		result, err = asks(ctx, t, *times)
	case "holds":
		result, err = holds(ctx, t, *idle, *slow, *addresses)
	default:
		err = fmt.Errorf("unknown %q: it is downloads, asks or holds", args[0])
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}

// trusted is the certificate in a file.
func trusted(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the certificate: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("reading %s: there is no certificate in it", file)
	}
	return pool, nil
}
