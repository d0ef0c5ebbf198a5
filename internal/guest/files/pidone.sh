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
	(umask 077 && $bb env -i "$@" $bb cat /proc/self/environ >"$state/environ")
	$bb chown "$owner" "$state/environ" 2>/dev/null
	[ ! -e "$state/fd" ] || return 0
	$bb mkdir "$state/fd"
	{
		$bb mount -n -o bind "$state/environ" /proc/1/environ
		datum "$plan/tty"
		if [ "$ret_value" != yes ] && [ -p "$state/stdout" ]; then
			$bb ln -s /dev/null "$state/fd/0"
			$bb ln "$state/stdout" "$state/fd/1"
			$bb ln "$state/stderr" "$state/fd/2"
			$bb mount -n -o bind "$state/fd" /proc/1/fd
		fi
	} 2>/dev/null
}
