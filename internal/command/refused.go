package command

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
)

// Explain says why a value was refused, in words for people who did not write the program.
func Explain(v pflag.Value, cause error) string {
	var number *strconv.NumError
	switch {
	case v.Type() == "duration" && strings.HasPrefix(cause.Error(), "time: missing unit"):
		return "it has no unit: write it like 90s, 30m or 12h"
	case v.Type() == "duration" && strings.HasPrefix(cause.Error(), "time: "):
		return "write it like 90s, 30m or 12h"
	case errors.As(cause, &number) && v.Type() == "bool":
		return "it is true or false"
	case errors.As(cause, &number) && errors.Is(cause, strconv.ErrRange):
		return "the number is too large"
	case errors.As(cause, &number):
		return "it is a whole number"
	}
	return cause.Error()
}

// Refused names a value that was refused, and says why; once, if the reason names it, too.
func Refused(text, why string) string {
	quoted := strconv.Quote(text)
	switch {
	case strings.HasPrefix(why, quoted):
		return why
	case strings.Contains(why, quoted):
		return "(" + why + ")"
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		quoted = text
	}
	return quoted + ": " + why
}

// ofFlag makes the sentence of an error about the value of a flag ours; others stay.
func ofFlag(err error) error {
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		return err
	}
	flag := invalid.GetFlag()
	return fmt.Errorf("--%s %s", flag.Name, Refused(invalid.GetValue(), Explain(flag.Value, invalid.Unwrap())))
}
