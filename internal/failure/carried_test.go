package failure_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"lxdocker/internal/failure"
)

func TestAnErrorMeansTheSameInAnotherProcess(t *testing.T) {
	for _, err := range []error{
		io.ErrUnexpectedEOF,
		failure.Errorf(failure.TooLarge, "reading: %w", io.EOF),
		failure.Tell(failure.New(failure.Corrupt, errors.New("a secret")), "it is broken"),
		fmt.Errorf("asking: %w", failure.Publicf(failure.Unavailable, "later")),
	} {
		wire, bad := json.Marshal(failure.Carry(err, io.EOF, io.ErrUnexpectedEOF))
		if bad != nil {
			t.Fatal(bad)
		}
		var c failure.Carried
		if err := json.Unmarshal(wire, &c); err != nil {
			t.Fatal(err)
		}
		got := c.Arrived(io.EOF, io.ErrUnexpectedEOF)
		if got.Error() != err.Error() || failure.KindOf(got) != failure.KindOf(err) || failure.PublicText(got) != failure.PublicText(err) ||
			errors.Is(got, io.EOF) != errors.Is(err, io.EOF) || errors.Is(got, io.ErrUnexpectedEOF) != errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%v (%v, %q) has become %v (%v, %q)", err, failure.KindOf(err), failure.PublicText(err), got, failure.KindOf(got), failure.PublicText(got))
		}
	}
	if n := len(failure.Carry(failure.Publicf(failure.Corrupt, "%s", strings.Repeat("ü", 1<<20))).Public); n > 9<<10 {
		t.Errorf("%d bytes are carried", n)
	}
	if got := (failure.Carried{Text: "x"}).Arrived(io.EOF); errors.Is(got, io.EOF) {
		t.Error("what nobody said of it is so")
	}
}
