# What the application has left running when it ended.
# shellcheck shell=sh
# shellcheck disable=SC2086 # $bb is one word

# sweep: ends it. It would hold the ports and locks that the next start needs, and
# nothing runs when PID 1 has ended. Each process is asked by TERM, and killed if
# it is there after two seconds. All of it belongs to PID 1 now; what `lxc exec` starts
# has another parent. Nothing of it has run if not everything of ours has.
sweep() {
	ours=
	[ -e "$state/ready" ] && read -r ours <"$state/ready" || return 0
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
	[ "$ppid" = 1 ] && [ "$condition" != Z ] && ! is_ours "${1#/proc/}"
}

# is_ours PID: was it there before the application, or has it been written down? What
# the application starts is neither, whatever it is called and whichever program it is.
is_ours() {
	start_time "$1"
	[ "$1" != $$ ] || return 0
	case " $ours " in *" $1:$ret_time "*) return 0 ;; esac
	is_noted "$1" "$state/stop-sent" && return
	members=
	[ ! -s "$state/net.order" ] || read -r members <"$state/net.order"
	for member in $members; do
		is_noted "$1" "$state/net.$member.pid" || is_noted "$1" "$state/net.$member.dhcpv6-pid" && return
	done
	return 1
}

# is_noted PID FILE: does the file name it, with the time of its start, $ret_time?
is_noted() {
	known=
	[ ! -s "$2" ] || read -r known since <"$2"
	[ "$known" = "$1" ] && [ "$since" = "$ret_time" ]
}
