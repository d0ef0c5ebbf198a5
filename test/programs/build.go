package programs

import (
	"context"
	"fmt"
	"os/exec"
)

// Build builds programs, named by their import paths, into a folder. tree is a folder of the
// module: "" for the current one.
func Build(ctx context.Context, tree, folder string, packages ...string) error {
	cmd := exec.CommandContext(ctx, "go", append([]string{"build", "-trimpath", "-o", folder + "/"}, packages...)...)
	cmd.Dir = tree
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building %v: %w\n%s", packages, err, out)
	}
	return nil
}
