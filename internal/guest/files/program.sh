# The application's program, and what it may write to.
# shellcheck shell=sh
# shellcheck disable=SC2086 # $bb is one word

# shellcheck source=executable.sh
. /.lxdocker/executable.sh

# lookup NAME ENTRY...: sets $ret_value to the value of NAME in the last entry
# that has it, or to "".
lookup() {
	wanted=$1 ret_value=
	shift
	for entry; do
		case $entry in "$wanted="*) ret_value=${entry#*=} ;; esac
	done
}

# find_program NAME PATH WORD...: sets $ret_program to the file, with a slash in
# its name. The words make a command of busybox run as the application would. If
# the program cannot be executed, says so in one sentence, and returns the exit
# status that shells use.
find_program() {
	name=$1 path=$2 ret_program='' path_left=$2:
	shift 2
	case $name in
	*/*) ret_program=$name ;;
	*)
		while [ -n "$path_left" ]; do
			file=${path_left%%:*}
			file=${file:-.}/$name
			path_left=${path_left#*:}
			if [ -f "$file" ] && [ -x "$file" ]; then
				ret_program=$file
				! executable "$file" "$@" || break
			fi
		done
		;;
	esac
	if [ -z "$ret_program" ]; then
		say "cannot start '$name': there is no such program in PATH ($path)"
		return 127
	elif [ -d "$ret_program" ]; then
		say "cannot start '$name': it is a directory"
		return 126
	elif [ ! -e "$ret_program" ]; then
		say "cannot start '$name': there is no such file"
		return 127
	elif [ ! -x "$ret_program" ]; then
		say "cannot start '$name': it is not executable"
		return 126
	elif [ ! -e /lxd-realinit ] && [ "$($bb readlink -f "$ret_program")" = "$($bb readlink -f /sbin/init)" ]; then
		say "cannot start '$name': the image has no init of its own"
		return 127
	fi
	can_run "$name" "$ret_program" "$@"
}

# has_tini NAME PATH: is the program tini, or is tini in PATH, where a script finds
# it? Docker's own copy is called docker-init.
has_tini() {
	path_left=$2:/:
	case $1 in */tini | */tini-* | */docker-init) return 0 ;; esac
	while [ -n "$path_left" ]; do
		for file in tini tini-static docker-init; do
			[ ! -x "${path_left%%:*}/$file" ] || return 0
		done
		path_left=${path_left#*:}
	done
	return 1
}

# own_streams UID: what the application prints to belongs to root. A user who logs
# to /dev/stdout (nginx's access.log is a link to it) has to open it anew, so must
# own it.
own_streams() {
	[ "$1" != 0 ] || return 0
	for fd in 0 1 2; do
		stream=/proc/$$/fd/$fd # the program below has others, and so has this shell while a redirection lasts
		[ "$($bb readlink "$stream")" != /dev/null ] || continue
		(exec 2>/dev/null && { $bb chown "$1" "$stream" || $bb chmod a+rw "$stream"; })
	done
}
