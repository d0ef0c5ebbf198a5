# What people can ask for, /run/lxdocker/state and health, and the time.
# shellcheck shell=sh
# shellcheck disable=SC2086 # $bb is one word

# publish FILE TEXT: FILE, in $state, holds the text: never half of it, and
# readable by everybody.
publish() {
	draft=$state/.${1##*/}
	(umask 022 && printf '%s\n' "$2" >"$draft") && $bb mv -f "$draft" "$1"
}

# list_processes: prints which there are, each by its id and the time of its start.
list_processes() {
	for process in /proc/[0-9]*; do
		start_time "${process#/proc/}"
		[ "$process" = "/proc/$$" ] || [ -z "$ret_time" ] || printf '%s:%s ' "${process#/proc/}" "$ret_time"
	done
	echo
}

# clock: sets $ret_now to milliseconds of a clock that nobody adjusts.
clock() {
	read -r ret_now _ </proc/uptime
	ret_now=$((${ret_now%.*} * 1000 + 1${ret_now#*.}0 - 1000)) # 08 would be a bad octal number
}

# seconds MILLISECONDS: sets $ret_value to seconds with one digit, as "12.3".
seconds() {
	ret_value=$(($1 / 1000)).$(($1 % 1000 / 100))
}

# date_now: sets $ret_value to date and time (RFC 3339).
date_now() {
	ret_value=$($bb date -u +%Y-%m-%dT%H:%M:%SZ)
}

# pause MILLISECONDS: sleeps.
pause() {
	[ "$1" -lt 1000 ] || $bb sleep $(($1 / 1000))
	[ $(($1 % 1000)) = 0 ] || $bb usleep $(($1 % 1000 * 1000))
}
