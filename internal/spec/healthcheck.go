package spec

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"lxdocker/internal/lifecycle"
	"lxdocker/internal/spec/diag"
)

// healthKeys are the keys of `healthcheck`.
var healthKeys = table[Healthcheck]{
	{
		name: "test", words: "cmd command exec run check",
		read:  func(r *reader, e diag.Entry, h *Healthcheck) { r.test(e, h) },
		takes: testRule(),
		kind:  "list of text, or text", byDefault: "the image's", about: "the program",
		doc: "The program that exits with 0 when all is well: [CMD, PROGRAM, ARGUMENT…], or [CMD-SHELL, TEXT], which is the same as TEXT, or [NONE].",
	},
	{
		name: "interval", words: "every period",
		read:  func(r *reader, e diag.Entry, h *Healthcheck) { h.Interval = r.duration(e, time.Millisecond) },
		takes: pauseRule(),
		kind:  "duration", byDefault: imageElse(lifecycle.DefaultHealthInterval), about: "from the end of one check to the start of the next",
		doc: "Time from the end of one check to the start of the next, such as 30s or 1m30s.",
	},
	{
		name:  "timeout",
		read:  func(r *reader, e diag.Entry, h *Healthcheck) { h.Timeout = r.duration(e, time.Millisecond) },
		takes: pauseRule(),
		kind:  "duration", byDefault: imageElse(lifecycle.DefaultHealthTimeout), about: "a check that takes longer is killed, and has failed",
		doc: "Time after which a check is killed and has failed.",
	},
	{
		name: "start_period", words: "startperiod initialdelay",
		read:  func(r *reader, e diag.Entry, h *Healthcheck) { h.StartPeriod = r.duration(e, 0) },
		takes: anyOf(matching(`^(0|`+durations+`)$`), integer(0, 0)),
		kind:  "duration", byDefault: imageElse(lifecycle.DefaultHealthStartPeriod), about: "for this long after the start, failed checks do not count",
		doc: "Time after the start in which failed checks do not count.",
	},
	{
		name: "start_interval", words: "startinterval",
		read:  func(r *reader, e diag.Entry, h *Healthcheck) { h.StartInterval = r.duration(e, time.Millisecond) },
		takes: pauseRule(),
		kind:  "duration", byDefault: imageElse(lifecycle.DefaultHealthStartInterval), about: "the interval during `start_period`",
		doc: "The interval during the start period.",
	},
	{
		name: "retries", words: "failurethreshold attempts",
		read:  func(r *reader, e diag.Entry, h *Healthcheck) { h.Retries = r.retries(e) },
		takes: integer(1, 1<<31-1),
		kind:  "number", byDefault: imageElse(lifecycle.DefaultHealthRetries), about: "this many failed checks in a row make it unhealthy",
		doc: "This many failed checks in a row make the program unhealthy.",
	},
	{
		name: "disable", words: "disabled",
		read: func(r *reader, e diag.Entry, h *Healthcheck) {
			off := r.choice(e)
			h.Disable = h.Disable || off != nil && *off
		},
		takes: trueOrFalse(),
		kind:  "true or false", byDefault: "`false`", about: "no check, whatever the image has",
		doc: "true: no check, whatever the image has.",
	},
}

func imageElse(value any) string { return fmt.Sprintf("the image's, else `%v`", value) }

// healthcheck reads how to check that the program works, as in compose files.
func (r *reader) healthcheck(e diag.Entry) *Healthcheck {
	if e.Value.IsNull() {
		return nil
	}
	if !e.Value.IsMapping() {
		if on, ok := e.Value.Bool(); ok && !on || e.Value.IsWord("none") {
			return &Healthcheck{Disable: true}
		}
		r.WrongType(e, e.Key, "a mapping", "write `test: …` below it, or false for no check")
		return nil
	}
	h := &Healthcheck{}
	written := make(map[string]diag.Entry)
	for _, one := range r.Entries(e.Value) {
		if k, ok := healthKeys.find(one.Key); ok {
			written[one.Key] = one
			r.Remember(e.Key+"."+one.Key, one.Where())
			k.read(r, one, h)
		} else {
			r.Unknown(one, healthKeys.keys())
		}
	}
	if h.Disable {
		r.onlyDisable(written)
		return &Healthcheck{Disable: true}
	}
	if reflect.ValueOf(*h).IsZero() {
		return nil // it changes nothing
	}
	return h
}

// onlyDisable checks that a disabled check has no other keys: they would have no
// meaning. `test: [NONE]` is the other way to disable it.
func (r *reader) onlyDisable(written map[string]diag.Entry) {
	for key, e := range written {
		if key != "disable" && !(key == "test" && isNone(e.Value)) {
			r.Wrong(e.At, key+" means nothing without a check", "leave it out, or what turns the check off")
		}
	}
}

func isNone(n diag.Node) bool { return n.Len() == 1 && n.Item(0).Written() == "NONE" }

// test reads the program that checks. As in compose files, text is for a shell, and
// the first word of a list says what follows.
func (r *reader) test(e diag.Entry, h *Healthcheck) {
	if !e.Value.IsList() {
		h.Test = r.testLine(e)
		return
	}
	words, reported := []string{}, r.Reported()
	for _, v := range r.Items(e.Value) {
		word, _ := r.Written(e.Item(v), "an entry of test")
		words = append(words, word)
	}
	switch {
	case r.Reported() > reported:
	case len(words) == 0:
		r.WrongValue(e, "test is empty", "leave it out for the image's own, or write [NONE] for none")
	case words[0] == "NONE" && len(words) == 1:
		h.Disable = true
	case words[0] == "NONE":
		r.WrongValue(e, "test has words after NONE", "write [NONE] for no check, or CMD in its place")
	case words[0] != "CMD" && words[0] != "CMD-SHELL":
		hint := "put CMD in front of the program and its arguments"
		if first := strings.ToUpper(words[0]); slices.Contains([]string{"CMD", "CMD-SHELL", "NONE"}, first) {
			hint = "write " + first + " in capitals"
		}
		r.WrongValue(e, "test must start with CMD, CMD-SHELL or NONE", hint)
	case len(words) == 1 || strings.TrimSpace(words[1]) == "":
		r.WrongValue(e, "test names no program", "write it like [CMD, curl, -f, http://localhost/]")
	case words[0] == "CMD-SHELL" && len(words) > 2:
		r.WrongValue(e, "test has several words after CMD-SHELL", "put the command line into one text, or write CMD in place of CMD-SHELL")
	default:
		h.Test = words
	}
}

// testLine reads a command line for the image's shell.
func (r *reader) testLine(e diag.Entry) []string {
	if e.Value.IsMapping() || e.Value.IsNull() {
		r.WrongType(e, "test", "a list or text", "write it like [CMD, curl, -f, http://localhost/]")
		return nil
	}
	line, ok := r.Written(e, "test")
	var words []string
	switch {
	case !ok:
	case strings.TrimSpace(line) == "":
		r.WrongValue(e, "test is empty", "leave it out for the image's own, or write [NONE] for none")
	case line == "NONE":
		r.WrongValue(e, "a program called NONE", "write [NONE], or `disable: true`, for no check")
	case strings.HasPrefix(line, "[") && json.Unmarshal([]byte(line), &words) == nil:
		r.WrongValue(e, "test is a list in quotes", "leave the quotes around the list out")
	default:
		return []string{"CMD-SHELL", line}
	}
	return nil
}

// retries reads how many failed checks in a row make the program unhealthy.
func (r *reader) retries(e diag.Entry) *int {
	const hint = "write a plain number, 1 or more, of failed checks in a row"
	if !e.Value.IsInteger() {
		r.WrongType(e, e.Key, "a number", hint)
		return nil
	}
	written := e.Value.Written()
	n, err := strconv.ParseUint(written, 10, 31)
	if err != nil || n == 0 || strconv.FormatUint(n, 10) != written { // YAML reads 010 as octal
		r.WrongValue(e, e.Key+" cannot be "+diag.Quote(written), hint)
		return nil
	}
	retries := int(n)
	return &retries
}
