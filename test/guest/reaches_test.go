//go:build e2e && reach

package guest

import "fmt"

// reaches are the rows of docs/reach.md, in the order of their names.
func reaches() []reach {
	return []reach{{
		image:   "coredns",
		shape:   "one static program without a shell, with a file capability, as a user by name",
		answers: func(c *container) { c.resolves("reach.test", "192.0.2.2"); c.asks("GET", "8080", "/health", "", "OK") },
	}, {
		image:   "dind",
		shape:   "dockerd (20.10), which runs a container",
		needs:   "`security.nesting=true`",
		options: config("security.nesting=true"),
		answers: func(c *container) {
			c.answers("ok\n", "sh", "-c", "docker info >/dev/null && echo ok")
		},
		keeps: func(c *container) {
			c.exec("sh", "-c", "tar -C /small -c . | docker import - small")
			c.runsInside()
		},
		kept: (*container).runsInside,
	}, {
		image:   "dnsmasq",
		shape:   "binds ports below 1024 as root, then becomes another user",
		answers: func(c *container) { c.resolves("reach.test", "192.0.2.1") },
	}, {
		image:   "dovecot",
		shape:   "several processes of several users under tini, in a chroot some of them",
		answers: func(c *container) { c.imap() },
		keeps:   func(c *container) { c.imap("APPEND INBOX {22+}\r\nSubject: reach\r\n\r\nkept", "") },
		kept:    func(c *container) { c.imap("STATUS INBOX (MESSAGES)", "MESSAGES 1") },
	}, {
		image:   "finit",
		shape:   "finit as PID 1, with one service",
		needs:   "`raw.lxc: lxc.signal.halt=SIGUSR2`",
		options: config("raw.lxc=lxc.signal.halt=SIGUSR2"),
		answers: boots("init"),
		ended:   endsInOrder,
	}, {
		image:   "influxdb",
		shape:   "InfluxDB 1.6; the entrypoint runs the server for itself at the first start, ends it, and becomes it",
		answers: func(c *container) { c.asks("GET", "8086", "/query?db=reach&q=SHOW+DATABASES", "", `["reach"]`) },
		keeps:   func(c *container) { c.exec("influx", "-database", "reach", "-execute", "INSERT t v=42") },
		kept:    func(c *container) { c.asks("GET", "8086", "/query?db=reach&q=SELECT+v+FROM+t", "", ",42]") },
	}, {
		image:   "jvm",
		shape:   "a JVM (Tomcat 10, Java 17) as 1000:0",
		answers: func(c *container) { c.pageHolds("/", "jvm 17, at most ") },
	}, {
		image:   "openrc-init",
		shape:   "OpenRC's own init as PID 1, with one service",
		needs:   "`raw.lxc: lxc.signal.halt=SIGPWR`",
		options: config("raw.lxc=lxc.signal.halt=SIGPWR"),
		answers: boots("openrc-init"),
		ended:   endsInOrder,
	}, {
		image:   "openvpn",
		shape:   "OpenVPN, as root; a key in a volume; another instance is the other end",
		needs:   "`lxc config device add … tun unix-char path=/dev/net/tun`",
		devices: []string{tun},
		answers: func(c *container) { c.pings("openvpn", "10.99.0.1", "/etc/openvpn/key", "/etc/openvpn/key", "") },
	}, {
		image:   "php-apache",
		shape:   "a small application in PHP with Apache, in place of Nextcloud itself: the entrypoint copies it into its volume and installs it as www-data; SIGWINCH",
		answers: func(c *container) { c.asks("GET", "80", "/", "", "installed: true, notes: ") },
		keeps:   func(c *container) { c.asks("PUT", "80", "/", "kept", "notes: 1 kept\n") },
		kept:    func(c *container) { c.asks("GET", "80", "/", "", "notes: 1 kept\n") },
	}, {
		image:   "prometheus",
		shape:   "one program as nobody, by name, in its volume",
		answers: func(c *container) { c.asks("GET", "9090", "/api/v1/query?query=up", "", `,"1"]}]`) },
		// The same series, from before and after the start.
		keeps: func(c *container) {
			c.asks("GET", "9090", "/api/v1/query?query=process_start_time_seconds", "", `"value"`)
		},
		kept: func(c *container) {
			c.asks("GET", "9090", "/api/v1/query?query=changes(process_start_time_seconds%5B1h%5D)", "", `,"1"]}]`)
		},
	}, {
		image:   "recorder",
		shape:   "as Frigate: s6-overlay, processes that share memory, a camera (for which /dev/urandom stands in)",
		needs:   "`LXDOCKER_SHM_SIZE=128m`, and the device: `lxc config device add … video0 unix-char source=/dev/video0`",
		options: config("environment.LXDOCKER_SHM_SIZE=128m"),
		devices: []string{"video0 unix-char source=/dev/urandom path=/dev/video0 gid=44 mode=0660"},
		answers: func(c *container) { c.pageHolds("/", "frames: 12, clips: ") },
		keeps:   func(c *container) { c.finds("echo kept >/media/recorder/kept", "") },
		kept:    func(c *container) { c.finds("cat /media/recorder/kept", "kept\n") },
	}, {
		image:   "runit-init",
		shape:   "runit as PID 1, with the stages of Debian and one service",
		answers: boots("runit"),
		ended:   endsInOrder,
	}, {
		image:   "s6-overlay",
		shape:   "as linuxserver.io's: a chain of scripts with s6 (without s6-rc) becomes PID 1; the numbers of its user come from the environment",
		options: config("environment.PUID=1234", "environment.PGID=2345"),
		answers: func(c *container) {
			c.until(func() error {
				s := c.status()
				ps1, _ := variable(s.Env, "PS1")
				return differ(fmt.Sprint(s.UID, s.GID, s.WorkDir, ps1), fmt.Sprint(1234, 2345, "/config", `$(whoami)@$(hostname):$(pwd)\$ `))
			})
			c.finds("cat /proc/1/comm", "s6-svscan\n")
		},
		keeps: func(c *container) { c.finds("echo kept >/config/kept", "") },
		kept:  func(c *container) { c.finds("cat /config/kept", "kept\n") },
	}, {
		image: "samba",
		shape: "two daemons under tini; the entrypoint makes a user at each start",
		answers: func(c *container) {
			c.answers("ok\n", "bash", "-c", "smbclient -U reach%sesame //127.0.0.1/share -c 'mkdir d; rmdir d' >/dev/null 2>&1 && echo ok")
		},
		keeps: func(c *container) {
			c.exec("smbclient", "-U", "reach%sesame", "//127.0.0.1/share", "-c", "put /etc/hostname kept")
		},
		kept: func(c *container) {
			c.answers(c.Name+"\n", "bash", "-c", "smbclient -U reach%sesame //127.0.0.1/share -c 'get kept -' 2>/dev/null | head -n 1")
		},
	}, {
		image:   "search",
		shape:   "as Elasticsearch: a JVM as 1000:0 with an index of Lucene in mapped memory, under tini",
		needs:   "`environment.discovery.type=single-node`, or `vm.max_map_count=262144` on the host; here also `limits.kernel.nofile=16384`",
		options: config("environment.discovery.type=single-node", "limits.kernel.nofile=16384"),
		answers: func(c *container) {
			c.asks("GET", "9200", "/nothing", "", "found: ")
			c.finds("awk '/open files/ { print $4 }' /proc/$(pidof java)/limits", "16384\n")
		},
		keeps: func(c *container) { c.asks("PUT", "9200", "/1", "a text that is kept", "found: ") },
		kept:  func(c *container) { c.asks("GET", "9200", "/kept", "", "found: 1\n") },
	}, {
		image:   "squid",
		shape:   "a tail in the background shows a log file; three processes",
		answers: func(c *container) { c.connects("3128") },
	}, {
		image:   "varnish",
		shape:   "as an ordinary user on port 80; it compiles its configuration and loads that from a volume",
		answers: func(c *container) { c.serves("80", "/", "varnish\n") },
	}, {
		image:   "wireguard",
		shape:   "WireGuard without the kernel's module: wireguard-go, by wg-quick; keys in a volume; another instance is the other end",
		needs:   "`lxc config device add … tun unix-char path=/dev/net/tun`",
		devices: []string{tun},
		answers: func(c *container) {
			c.pings("wireguard", "10.98.0.1", "/config/peer.conf", "/config/wg0.conf", "Endpoint = "+c.address()+":51820\n")
		},
	}, {
		image: "zookeeper",
		shape: "a JVM that looks up its own name to listen for its peers; the entrypoint becomes another user",
		answers: func(c *container) {
			c.answers("imok", "bash", "-c", "echo ruok | nc -N 127.0.0.1 2181")
		},
		keeps: func(c *container) { c.zookeeper("create /reach kept", "Created|already exists") },
		kept:  func(c *container) { c.zookeeper("get /reach", "^kept") },
	}}
}
