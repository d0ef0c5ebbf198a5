package delta

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

func TestWhatIsCommonIsCountedToTheByte(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := make([]byte, rapid.OneOf(rapid.IntRange(0, 40), rapid.IntRange(0, 5000)).Draw(t, "size"))
		b := bytes.Clone(a[:rapid.IntRange(0, len(a)).Draw(t, "shorter")])
		for range rapid.IntRange(0, 3).Draw(t, "differences") {
			if len(b) > 0 {
				b[rapid.IntRange(0, len(b)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
			}
		}
		begin, end, zero := 0, 0, 0
		for begin < len(b) && a[begin] == b[begin] {
			begin++
		}
		for end < len(b) && a[len(a)-1-end] == b[len(b)-1-end] {
			end++
		}
		for zero < len(b) && b[zero] == 0 {
			zero++
		}
		if common(a, b) != begin || common(b, a) != begin || commonEnd(a, b) != end || zeros(b) != zero {
			t.Errorf("they begin with %d alike, not %d; end with %d, not %d; and %d zeros are %d",
				begin, common(a, b), end, commonEnd(a, b), zero, zeros(b))
		}
	})
}
