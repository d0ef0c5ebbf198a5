package spec

// specKeys are the keys of a spec.
func specKeys() []string {
	return []string{
		"image", "disable_supervisor", "description", "aliases", "architecture",
		"entrypoint", "cmd", "env", "user", "workdir",
		"stop_signal", "stop_timeout", "restart", "healthcheck", "on_unhealthy", "shm_size",
		"properties", "requirements", "files",
	}
}

// specWords are what other tools call them, without underscores.
func specWords() map[string]string {
	return map[string]string{
		"environment": "env", "envs": "env", "envvars": "env", "variables": "env",
		"command": "cmd", "args": "cmd", "arguments": "cmd",
		"workingdir": "workdir", "workingdirectory": "workdir", "cwd": "workdir",
		"arch": "architecture", "architectures": "architecture", "platform": "architecture", "platforms": "architecture",
		"alias": "aliases", "names": "aliases", "tags": "aliases",
		"from": "image", "source": "image", "reference": "image",
		"signal": "stop_signal", "stopsignal": "stop_signal",
		"stoptimeout": "stop_timeout", "stopgraceperiod": "stop_timeout", "graceperiod": "stop_timeout",
		"restartpolicy": "restart", "autorestart": "restart",
		"health": "healthcheck", "healthchecks": "healthcheck", "livenessprobe": "healthcheck",
		"unhealthy": "on_unhealthy", "onunhealthy": "on_unhealthy",
		"shm": "shm_size", "shmsize": "shm_size",
		"disablesupervisor": "disable_supervisor", "nosupervisor": "disable_supervisor",
		"uid": "user", "username": "user",
		"labels": "properties", "property": "properties", "requires": "requirements",
		"file": "files", "copy": "files", "summary": "description",
	}
}

// healthKeys are the keys of `healthcheck`.
func healthKeys() []string {
	return []string{"test", "interval", "timeout", "start_period", "start_interval", "retries", "disable"}
}

// healthWords are what other tools call them.
func healthWords() map[string]string {
	return map[string]string{
		"cmd": "test", "command": "test", "exec": "test", "run": "test", "check": "test",
		"every": "interval", "period": "interval", "startperiod": "start_period", "initialdelay": "start_period",
		"startinterval": "start_interval", "failurethreshold": "retries", "attempts": "retries", "disabled": "disable",
	}
}

// fileKeys are the keys of an entry of `files`.
func fileKeys() []string {
	return []string{"path", "content", "source", "directory", "symlink", "remove", "mode", "uid", "gid"}
}

// fileWords are what other tools call them.
func fileWords() map[string]string {
	return map[string]string{
		"dest": "path", "destination": "path", "dst": "path", "name": "path", "to": "path",
		"text": "content", "contents": "content", "data": "content", "inline": "content",
		"src": "source", "from": "source", "file": "source", "copy": "source",
		"dir": "directory", "mkdir": "directory", "folder": "directory",
		"link": "symlink", "target": "symlink", "linkto": "symlink",
		"delete": "remove", "absent": "remove", "rm": "remove",
		"permissions": "mode", "perm": "mode", "chmod": "mode",
		"owner": "uid", "user": "uid", "group": "gid",
	}
}

// elsewhere says where things belong that people look for in a spec.
func elsewhere(key string) string {
	switch key {
	case "ports", "expose", "volumes", "devices", "networks", "privileged", "memory", "cpus":
		return "that is set on the instance, or in a profile of LXD or Incus, not in the image"
	case "name", "container_name":
		return "the name of the file is the name of the image"
	case "<<":
		return "merging is not read: write the keys out"
	}
	return ""
}
