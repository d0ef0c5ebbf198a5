//go:build e2e

package instance

import (
	"net"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/instance"
	"lxdocker/test/testbed"
)

// A port that another program takes while an update has stopped the old one is no fault of
// the new image: the old one cannot be started either.
func TestAPortThatIsTakenMeanwhile(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d testbed.Daemon) {
		u, c := at(t, d), connect(t, d)
		tag, address := tagFor(d, "port"), unused(t)
		publishes(t, tag, "goserver")
		u.gone("port", "port-new", "port-old", "port-failed")
		u.does("run", "-d", "--name", "port", "-p", address+":8080", image(tag))
		first := u.instance(c, "port").Config["volatile.uuid"]
		publishes(t, tag, "health")
		var taker net.Listener
		updater := &instance.Updater{Daemon: c, Images: known{imported(t, c, "health"), &moment{once: true}}, Gate: instance.Gate{Steady: time.Second},
			Self: "first", Alive: func(string) bool { return true }, Now: time.Now,
			Say: func(text string) {
				t.Log(text)
				if strings.HasPrefix(text, "starting") && taker == nil {
					var err error
					if taker, err = net.Listen("tcp", address); err != nil {
						t.Error(err)
					}
				}
			}}
		_, err := updater.Update(t.Context(), "port", "", false)
		if err == nil || !strings.Contains(err.Error(), "starting the old port") || !strings.Contains(err.Error(), "lxdocker update --finish port") {
			t.Errorf("it ends with %v", err)
		}
		if taker != nil {
			taker.Close()
		}
		u.does("update", "--finish", "port")
		answers(t, address)
		if i := u.instance(c, "port"); i.Config["volatile.uuid"] != first || i.Config["user.lxdocker.update.state"] != "" || i.Config["user.lxdocker.refused"] != "" {
			t.Errorf("it is not what it was, or the image is refused: %q", i.Config)
		}
		if out := u.does("update", "--steady", "1s", "port"); !strings.Contains(out, "port: updated") {
			t.Errorf("the next update prints %s", out)
		}
		answers(t, address)
	})
}
