//go:build e2e

package guest

import (
	"testing"

	"lxdocker/test/testbed"
)

// behaviour is one row: what holds, in which image, and how one sees it.
type behaviour struct {
	name   string
	image  string             // one of test/images
	spec   string             // more lines of its spec
	launch []string           // options of `lxc launch`
	see    func(c *container) // it has been launched
}

// goserver gives a row with the image goserver, where nothing but one static
// program is.
func goserver(name, spec string, launch []string, see func(c *container)) behaviour {
	return behaviour{name, "goserver", spec, launch, see}
}

// config gives the options of launch that set these keys (NAME=VALUE).
func config(settings ...string) []string {
	var options []string
	for _, s := range settings {
		options = append(options, "-c", s)
	}
	return options
}

// show runs the rows on every daemon.
func show(t *testing.T, rows ...behaviour) {
	t.Helper()
	t.Parallel()
	each(t, func(t *testing.T, d testbed.Daemon) {
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				t.Parallel()
				row.see(launch(t, d, row.image, row.spec, row.launch...))
			})
		}
	})
}

// each runs a test on every daemon.
func each(t *testing.T, test func(t *testing.T, d testbed.Daemon)) {
	t.Helper()
	testbed.Each(t, daemons, test)
}

// shell gives a row whose application is a shell script, in an image that has
// nothing but our busybox.
func shell(name, script, spec string, see func(c *container)) behaviour {
	return goserver(name, "entrypoint: "+yaml([]string{"/busybox-lxd", "sh", "-c", script})+"\n"+spec, nil, see)
}
