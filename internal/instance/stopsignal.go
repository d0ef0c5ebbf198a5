package instance

import (
	"context"
	"fmt"
	"strings"

	"lxdocker/internal/daemon"
	"lxdocker/internal/lifecycle"
)

// writeStopSignal puts the stop signal that an instance's settings say in the place of its
// image's, where the guest reads it (docs/internals.md), before the instance is started for
// the first time.
func writeStopSignal(ctx context.Context, d *daemon.Client, name string, settings map[string]string) error {
	signal, ok := lifecycle.ParseSignal(settings[keyStop])
	if !ok {
		return nil
	}
	err := d.WriteFile(ctx, name, "/.lxdocker/image/stop_signal", daemon.File{Mode: 0o644}, strings.NewReader(fmt.Sprintf("%d\x00", signal.Number)))
	if err != nil {
		return fmt.Errorf("writing the stop signal into %s: %w", name, err)
	}
	return nil
}
