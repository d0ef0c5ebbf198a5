package imageapi

import (
	"net/http"
	"testing"

	"lxdocker/internal/failure"
)

// TestEveryKindHasAStatus: one that was forgotten would be told as a mistake of ours.
func TestEveryKindHasAStatus(t *testing.T) {
	for _, k := range failure.Kinds() {
		if got := statusOf(k); (got == http.StatusInternalServerError) != (k == failure.Internal) {
			t.Errorf("%v is %d", k, got)
		}
	}
}
