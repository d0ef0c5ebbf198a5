package squashfs

import (
	"strings"
	"testing"

	"lxdocker/internal/block"
)

// Trees hold no others, so this is about whoever changes that.
func TestAttributesThatSquashfsCannotHoldAreRefused(t *testing.T) {
	table := newXattrTable(block.NewCodec(block.Fast))
	for _, name := range []string{"system.posix_acl_access", "security", "x"} {
		if _, err := table.number(map[string]string{"user.fine": "", name: "value"}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := table.number(map[string]string{"trusted.x": "value"}); err != nil {
		t.Error(err)
	}
}
