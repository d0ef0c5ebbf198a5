# What the application has left running when it ended.
# shellcheck shell=sh
# shellcheck disable=SC2086 # $bb is one word
# shellcheck disable=SC3013 # busybox has -ef

# sweep: ends it. It would hold the ports and locks that the next start needs, and
# nothing runs when PID 1 has ended. Each process is asked by TERM, and killed if
# it is there after two seconds. All of it belongs to PID 1 now; what runs in our
# busybox is ours, and what `lxc exec` starts has another parent.
sweep() {
	clock
	sweep_begin=$ret_now asked=' ' left=yes
	while [ -n "$left" ] && [ $((ret_now - sweep_begin)) -lt 2500 ]; do
		left=
		for process in /proc/[0-9]*; do
			is_left_over "$process" || continue
			left=yes process=${process#/proc/}
			if [ $((ret_now - sweep_begin)) -ge 2000 ]; then
				kill -KILL "$process"
				continue
			fi
			case $asked in *" $process "*) continue ;; esac
			kill -TERM "$process"
			asked="$asked$process "
		done
		[ -z "$left" ] || $bb usleep 10000
		clock
	done
} 2>/dev/null

# is_left_over /proc/PID: is it a child of PID 1 that is not ours?
is_left_over() {
	ppid=0 condition=
	while read -r key word _; do
		case $key in
		State:) condition=$word ;;
		PPid:) ppid=$word && break ;;
		esac
	done <"$1/status"
	[ "$ppid" = 1 ] && [ "$condition" != Z ] && ! [ "$1/exe" -ef $bb ]
}
