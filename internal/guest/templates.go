package guest

// Template is a file that LXD or Incus writes into the container, on the host
// side: a pongo2 template without automatic escaping.
type Template struct {
	Path    string   // in the container
	When    []string // "create", "copy", "rename", "start"
	Name    string   // of the file in the templates directory of the image
	Content []byte
}

// Templates gives the files that LXD and Incus have to write. [Install] makes sure
// that none of the paths leads through a symlink: LXD 5.0.2 would follow it on the
// host.
func Templates() []Template {
	named := []string{"create", "copy", "rename"} // when the instance gets its name; written before its next start
	return []Template{
		{Path: "/etc/hostname", When: named, Name: "hostname.tpl", Content: file("templates/hostname.tpl")},
		{Path: "/etc/hosts", When: named, Name: "hosts.tpl", Content: file("templates/hosts.tpl")},
		{Path: "/lxd-prelaunch", When: []string{"start"}, Name: "prelaunch.tpl", Content: file("templates/prelaunch.tpl")},
		{Path: "/.lxdocker/network", When: []string{"start"}, Name: "network.tpl", Content: file("templates/network.tpl")},
	}
}
