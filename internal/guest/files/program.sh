# The application's program, and what it may write to.
# shellcheck shell=sh
# shellcheck disable=SC2154,SC2034 # variables of lib.sh and start

# shellcheck source=kind.sh
. /.lxdocker/kind.sh

# lookup NAME ENTRY...: sets $value to what the last entry gives NAME, or to "".
lookup() {
	wanted=$1 value=
	shift
	for entry; do
		case $entry in "$wanted="*) value=${entry#*=} ;; esac
	done
}

# find_program NAME PATH WORD...: sets $program to the file, with a slash in it.
# The words make a command of busybox run as the application would. If it cannot
# be executed, says so in one sentence, and gives the status that shells give.
find_program() {
	name=$1 path=$2 program='' rest=$2:
	shift 2
	case $name in
	*/*) program=$name ;;
	*)
		while [ -n "$rest" ]; do
			file=${rest%%:*}
			file=${file:-.}/$name
			rest=${rest#*:}
			if [ -f "$file" ] && [ -x "$file" ]; then
				program=$file
				! executable "$file" "$@" || break
			fi
		done
		;;
	esac
	if [ -z "$program" ]; then
		say "cannot start '$name': there is no such program in PATH ($path)"
		return 127
	elif [ -d "$program" ]; then
		say "cannot start '$name': it is a directory"
		return 126
	elif [ ! -e "$program" ]; then
		say "cannot start '$name': there is no such file"
		return 127
	elif [ ! -x "$program" ]; then
		say "cannot start '$name': it is not executable"
		return 126
	elif [ ! -e /lxd-realinit ] && [ "$($bb readlink -f "$program")" = "$($bb readlink -f /sbin/init)" ]; then
		say "cannot start '$name': the image has no init of its own"
		return 127
	fi
	can_run "$@"
}

# own_output: the console belongs to root. A user that shall log to /dev/stdout
# (nginx's access.log is a link to it) has to open it anew, so owns it.
own_output() {
	[ "$uid" != 0 ] || return 0
	for fd in 0 1 2; do
		[ "$($bb readlink "/proc/self/fd/$fd")" != /dev/null ] || continue
		$bb chown "$uid" "/proc/self/fd/$fd" 2>/dev/null || $bb chmod a+rw "/proc/self/fd/$fd" 2>/dev/null
	done
}
