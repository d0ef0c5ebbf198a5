package failure

import (
	"errors"
	"strings"
)

// Carried is an error on its way from one process to another: what callers ask of errors, in
// a form that is JSON.
type Carried struct {
	Text   string
	Public string `json:",omitempty"`
	Kind   Kind
	Cause  Cause  `json:",omitempty"`
	Is     []bool `json:",omitempty"` // of the sentinels, in their order
}

// longest is how many bytes of a text are carried: names that an image chooses stand in them.
const longest = 8 << 10

func cut(text string) string {
	if len(text) > longest {
		return strings.ToValidUTF8(text[:longest], "") + "…"
	}
	return text
}

// Carry describes an error. Both sides name the same sentinels.
func Carry(err error, sentinels ...error) Carried {
	c := Carried{Text: cut(err.Error()), Public: cut(PublicText(err)), Kind: KindOf(err), Cause: CauseOf(err), Is: make([]bool, len(sentinels))}
	for i, s := range sentinels {
		c.Is[i] = errors.Is(err, s)
	}
	return c
}

// Arrived is the error again.
func (c Carried) Arrived(sentinels ...error) error {
	err := &arrived{text: c.Text}
	for i, s := range sentinels {
		if i < len(c.Is) && c.Is[i] {
			err.is = append(err.is, s)
		}
	}
	classified := Because(c.Cause, New(c.Kind, err))
	if c.Public != "" {
		return Tell(classified, c.Public)
	}
	return classified
}

type arrived struct {
	text string
	is   []error
}

func (a *arrived) Error() string   { return a.text }
func (a *arrived) Unwrap() []error { return a.is }
