package diag

// testKeys are some of those that specs have.
var testKeys = Keys{
	Known: []string{
		"image", "disable_supervisor", "description", "aliases", "architecture", "entrypoint", "cmd", "env", "user", "workdir",
		"stop_signal", "stop_timeout", "restart", "healthcheck", "on_unhealthy", "shm_size", "files",
	},
	Words: map[string]string{
		"environment": "env", "envs": "env", "command": "cmd", "workingdir": "workdir", "arch": "architecture", "alias": "aliases", "file": "files",
		"stopsignal": "stop_signal", "stoptimeout": "stop_timeout", "stopgraceperiod": "stop_timeout", "restartpolicy": "restart",
		"health": "healthcheck", "onunhealthy": "on_unhealthy", "shmsize": "shm_size", "disablesupervisor": "disable_supervisor",
	},
	Secret: []string{"env"},
}
