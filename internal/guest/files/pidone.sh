# Process 1, as programs in the image look at it.
# shellcheck shell=sh
# shellcheck disable=SC2086 # $bb is one word

# show_as_pid1 UID ENTRY...: cron jobs take their environment from /proc/1/environ,
# and log to /proc/1/fd/1. They find there what they would find if the application
# were process 1, unless the host forbids such mounts (AppArmor may). The entries
# are the environment.
show_as_pid1() {
	owner=$1
	shift
	(umask 077 && list_last "$@" >"$state/environ")
	[ "$owner" = 0 ] || $bb chown "$owner" "$state/environ" 2>/dev/null
	[ "$restarts" = 0 ] || return 0
	{
		$bb mount -n -o bind "$state/environ" /proc/1/environ
		datum "$plan/tty"
		if [ "$ret_value" != yes ] && [ -p "$state/fd/1" ]; then
			$bb ln -s /dev/null "$state/fd/0"
			$bb mount -n -o bind "$state/fd" /proc/1/fd
		fi
	} 2>/dev/null
}

# list_last ENTRY...: prints an environment; of several entries of one name, the last.
list_last() {
	while [ $# -gt 0 ]; do
		entry=$1
		shift
		for later; do
			case $later in "${entry%%=*}="*) continue 2 ;; esac
		done
		printf '%s\0' "$entry"
	done
}
