# The application's program, and what it may write to.
# shellcheck shell=sh
# shellcheck disable=SC2086 # $bb is one word
# shellcheck disable=SC3013 # busybox has -ef

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
# its name. The words make a command of busybox run as the application would, once it
# has entered its working directory: $enter, "" if it is there. If the program cannot be
# executed, says so in one sentence, and returns the exit status that shells use.
find_program() {
	name=$1 path=$2 ret_program='' path_left=$2:
	ret_problem="cannot start '$1': there is no such program in PATH ($2)" ret_status=127
	shift 2
	case $name in
	*/*)
		ret_program=$name
		check_file && inspect "$name" "$name" "$@"
		;;
	*)
		while [ -n "$path_left" ]; do
			file=${path_left%%:*}
			file=${file:-.}/$name
			path_left=${path_left#*:}
			if [ -f "$file" ] && [ -x "$file" ]; then
				ret_program=$file
				check_file || break
				inspect "$name" "$file" "$@"
				[ -n "$ret_denied" ] || break
			fi
		done
		;;
	esac
	[ -n "$ret_problem" ] || return 0
	say "$ret_problem"
	return "$ret_status"
}

# check_file: is $ret_program something that could be executed? If not, sets
# $ret_problem and $ret_status.
check_file() {
	ret_problem='' ret_status=126
	if [ -d "$ret_program" ]; then
		ret_problem="cannot start '$name': it is a directory"
	elif [ ! -e "$ret_program" ]; then
		ret_problem="cannot start '$name': there is no such file" ret_status=127
	elif [ ! -x "$ret_program" ]; then
		ret_problem="cannot start '$name': it is not executable"
	elif [ ! -e /lxd-realinit ] && [ "$ret_program" -ef /sbin/init ]; then
		ret_problem="cannot start '$name': the image has no init of its own" ret_status=127
	fi
	[ -z "$ret_problem" ]
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
	owner=$1
	set --
	for fd in 0 1 2; do
		stream=/proc/$$/fd/$fd # the program below has others, and so has this shell while a redirection lasts
		[ "$stream" -ef /dev/null ] || set -- "$@" "$stream"
	done
	(exec 2>/dev/null && { $bb chown "$owner" "$@" || $bb chmod a+rw "$@"; })
}
