//go:build e2e && !reach

package guest

import "time"

// patience is how long a condition is waited for.
const patience = time.Minute

// needed lists the images of test/images that the rows use.
var needed = []string{
	"goserver", "nginx", "nginx-unprivileged", "postgres", "redis", "mariadb", "haproxy", "apache", "memcached", "node", "java", "python-tini", "dumb-init",
	"caps", "layered", "lsio", "musl", "busybox", "health", "health-shell", "s6", "s6-two", "systemd", "openrc", "busybox-init", "runit",
}
