# What people can ask for: /run/lxdocker/state, and time.
# shellcheck shell=sh
# shellcheck disable=SC2086 # $bb is one word
# shellcheck disable=SC2154,SC2034 # variables of lib.sh and of those who read this

# publish NAME TEXT: $state/NAME holds the text, whole, for everybody.
publish() {
	printf '%s\n' "$2" >"$state/.$1" && $bb chmod 644 "$state/.$1" && $bb mv -f "$state/.$1" "$state/$1"
}

# clock: sets $now to milliseconds since some time, whatever the date is.
clock() {
	read -r now _ </proc/uptime
	now=$((${now%.*} * 1000 + 1${now#*.}0 - 1000))
}

# seconds MILLISECONDS: sets $value to "12.3".
seconds() {
	value=$(($1 / 1000)).$(($1 % 1000 / 100))
}

# date_now: sets $value to the time of day.
date_now() {
	value=$($bb date -u +%Y-%m-%dT%H:%M:%SZ)
}

# pause MILLISECONDS: sleeps.
pause() {
	[ "$1" -lt 1000 ] || $bb sleep $(($1 / 1000))
	$bb usleep $(($1 % 1000 * 1000))
}
