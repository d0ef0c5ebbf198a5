package settings

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// Annotations of flags, for the schema.
const (
	least = "settings-least" // number
	most  = "settings-most"
	words = "settings-words" // all that it can be
)

// Check makes a flag refuse values, wherever they are said. check looks at the value that
// was just set.
func Check(f *pflag.FlagSet, name string, check func() error) {
	flag := f.Lookup(name)
	if list, ok := flag.Value.(pflag.SliceValue); ok {
		flag.Value = &checkedList{flag.Value, list, check}
		return
	}
	flag.Value = &checked{flag.Value, check}
}

// Words makes a flag refuse all but some words.
func Words(f *pflag.FlagSet, name string, all ...string) {
	value := f.Lookup(name).Value
	_ = f.SetAnnotation(name, words, all)
	Check(f, name, func() error {
		if slices.Contains(all, value.String()) {
			return nil
		}
		return fmt.Errorf("it is %s or %s", strings.Join(all[:len(all)-1], ", "), all[len(all)-1])
	})
}

// AtLeast makes a flag refuse numbers and durations below a number. why says what to do instead, or
// what a special number is.
func AtLeast(f *pflag.FlagSet, name string, from int64, why string) {
	Between(f, name, from, math.MaxInt64, why)
}

// Between is AtLeast with an upper end.
func Between(f *pflag.FlagSet, name string, from, to int64, why string) {
	value := f.Lookup(name).Value
	_ = f.SetAnnotation(name, least, []string{strconv.FormatInt(from, 10)})
	limits := fmt.Sprintf("it is %d or more", from)
	if to < math.MaxInt64 {
		_ = f.SetAnnotation(name, most, []string{strconv.FormatInt(to, 10)})
		limits = fmt.Sprintf("it is from %d to %d", from, to)
	}
	if why != "" {
		limits += ": " + why
	}
	Check(f, name, func() error {
		if n := number(value); n < from || n > to {
			return fmt.Errorf("%s", limits)
		}
		return nil
	})
}

// number is the value of a flag that is a number or a duration.
func number(v pflag.Value) int64 {
	if v.Type() == "duration" {
		d, _ := time.ParseDuration(v.String()) // it wrote that itself
		return int64(d)
	}
	n, _ := strconv.ParseInt(v.String(), 10, 64)
	return n
}

type checked struct {
	pflag.Value
	check func() error
}

func (c *checked) Set(text string) error {
	if err := c.Value.Set(text); err != nil {
		return err
	}
	return c.check()
}

type checkedList struct {
	pflag.Value
	list  pflag.SliceValue
	check func() error
}

// String is "" for an empty list, which --help does not show as a default then.
func (c *checkedList) String() string {
	if len(c.list.GetSlice()) == 0 {
		return ""
	}
	return c.Value.String()
}

func (c *checkedList) Set(text string) error {
	if err := c.Value.Set(text); err != nil {
		return err
	}
	return c.check()
}

func (c *checkedList) Append(text string) error {
	if err := c.list.Append(text); err != nil {
		return err
	}
	return c.check()
}

func (c *checkedList) Replace(texts []string) error {
	if err := c.list.Replace(texts); err != nil {
		return err
	}
	return c.check()
}

func (c *checkedList) GetSlice() []string { return c.list.GetSlice() }
