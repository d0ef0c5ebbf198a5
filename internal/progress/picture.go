package progress

import (
	"fmt"
	"strings"
	"time"

	"lxdocker/internal/humanize"
)

// maxLines bounds a picture even where there is room for more: nobody reads thirty
// lines that change.
const maxLines = 20

// picture returns what a terminal shows: never more lines than fit, and never a line
// that reaches the last column, where terminals differ in what they do next.
func picture(tasks []*barTask, columns, lines int, now time.Time) []string {
	if columns <= 0 || lines <= 0 {
		columns, lines = 80, 24
	}
	l := layout{width: min(columns-1, 100)}
	room := min(lines-1, maxLines) // the last line is the cursor's
	var shown []*barTask
	for _, t := range tasks {
		if t.active(now) {
			shown = append(shown, t)
		}
	}
	rest := len(tasks) - len(shown)
	if len(shown)+min(rest, 1) > room {
		shown = shown[:max(0, room-1)]
		rest = len(tasks) - len(shown)
	}
	spare := room - len(shown) - min(rest, 1)
	var picture []string
	for i, t := range shown {
		picture = append(picture, l.image(t, now))
		// Every image gets an equal share of the lines left.
		share := (spare + len(shown) - i - 1) / (len(shown) - i)
		for _, layer := range t.layers {
			if share > 0 && now.Sub(layer.meter.began) >= showAfter {
				picture = append(picture, l.layer(layer))
				share--
				spare--
			}
		}
	}
	if rest > 0 && len(shown) > 0 {
		picture = append(picture, dim(l.cut(fmt.Sprintf("and %d more", rest))))
	}
	return picture
}

// active says whether a task is worked on now. One whose layers all wait for their
// turn is not.
func (t *barTask) active(now time.Time) bool {
	switch {
	case t.step == Fetching:
		return len(t.layers) > 0 || now.Sub(t.busy) < idleAfter
	case t.step == "":
		return false
	default:
		return now.Sub(t.meter.began) >= showAfter
	}
}

// layout writes lines of up to width columns. Numbers are aligned at the right:
// bytes and, where there is room, their rate.
type layout struct{ width int }

// narrowBelow is the width below which some columns are left out.
const narrowBelow = 74

func (l layout) image(t *barTask, now time.Time) string {
	what, bytes, rate := "", humanize.Bytes(t.meter.n), t.meter.speed()
	switch {
	case t.step == Fetching:
		what = fmt.Sprintf("%d of %s", t.ready, plural(t.count, "layer"))
	case t.total > 0 && l.width < narrowBelow:
		bytes += fmt.Sprintf("%4d%%", min(100, 100*t.meter.n/t.total))
	case t.total > 0:
		bytes += " of " + humanize.Bytes(t.total)
	case t.meter.n == 0:
		bytes, rate = "", fmt.Sprintf("%.0f s", now.Sub(t.meter.began).Seconds())
	}
	if l.width < narrowBelow {
		if t.step == Fetching {
			bytes = fmt.Sprintf("%d/%d %8s", t.ready, t.count, bytes)
		}
		return l.row(column(t.name, l.width/3)+column(t.step, 11), bytes, rate)
	}
	return l.row(column(t.name, 24)+column(t.step, 12)+what, bytes, rate)
}

func (l layout) layer(b *barLayer) string {
	left, bytes := "  "+column(short(b.digest), 14), humanize.Bytes(b.meter.n)
	if b.total > 0 {
		bytes += " of " + humanize.Bytes(b.total)
		if room := l.width - len(left) - 36; room >= 8 {
			left += bar(b.meter.n, b.total, room)
		}
	}
	return l.row(left, bytes, b.meter.speed())
}

// row puts the numbers to the right; the rate only where there is room for it.
func (l layout) row(left, bytes, rate string) string {
	right := fmt.Sprintf("%s%13s", bytes, rate)
	if len([]rune(left))+len(right)+1 > l.width && l.width < narrowBelow {
		right = bytes
	}
	gap := max(1, l.width-len([]rune(left))-len(right))
	return l.cut(left + strings.Repeat(" ", gap) + right)
}

func (l layout) cut(s string) string {
	if runes := []rune(s); len(runes) > l.width {
		return string(runes[:max(0, l.width)])
	}
	return s
}

// bar is n columns wide, with its brackets.
func bar(done, total int64, n int) string {
	inner := n - 2
	full := int(float64(inner) * min(1, float64(done)/float64(total)))
	return "[" + strings.Repeat("=", full) + strings.Repeat(" ", inner-full) + "]"
}

// column pads or cuts s to exactly n columns.
func column(s string, n int) string {
	if runes := []rune(s); len(runes) >= n {
		return string(runes[:max(0, n-2)]) + "… "
	}
	return s + strings.Repeat(" ", n-len([]rune(s)))
}
