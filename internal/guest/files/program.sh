# The application's program, and what it may write to.
# shellcheck shell=sh
# shellcheck disable=SC2154,SC2034 # variables of lib.sh and start
# shellcheck disable=SC3045 # busybox has read -n

# lookup NAME ENTRY...: sets $value to what the last entry gives NAME, or to "".
lookup() {
	wanted=$1 value=
	shift
	for entry; do
		case $entry in "$wanted="*) value=${entry#*=} ;; esac
	done
}

# find_program NAME PATH: sets $program to the file, with a slash in it. If it
# cannot run, says so in one sentence, and gives the status that shells give.
find_program() {
	program=
	case $1 in
	*/*) program=$1 ;;
	*)
		rest=$2:
		while [ -n "$rest" ]; do
			dir=${rest%%:*}
			rest=${rest#*:}
			if [ -f "${dir:-.}/$1" ] && [ -x "${dir:-.}/$1" ]; then
				program=${dir:-.}/$1
				break
			fi
		done
		;;
	esac
	if [ -z "$program" ]; then
		say "cannot start '$1': there is no such program in PATH ($2)"
		return 127
	elif [ -d "$program" ]; then
		say "cannot start '$1': it is a directory"
		return 126
	elif [ ! -e "$program" ]; then
		say "cannot start '$1': there is no such file"
		return 127
	elif [ ! -x "$program" ]; then
		say "cannot start '$1': it is not executable"
		return 126
	elif [ ! -e /lxd-realinit ] && [ "$($bb readlink -f "$program")" = "$($bb readlink -f /sbin/init)" ]; then
		say "cannot start '$1': the image has no init of its own"
		return 127
	fi
	interpreter_there "$1"
}

# interpreter_there NAME: if $program is a script, is there what it asks for?
interpreter_there() {
	IFS= read -r -n 2 magic <"$program"
	[ "$magic" = '#!' ] || return 0
	read -r line <"$program"
	line=${line#??}
	line=${line#"${line%%[!"$tab" ]*}"}
	line=${line%%["$tab" ]*}
	[ -e "$line" ] && return 0
	say "cannot start '$1': its interpreter '$line' does not exist"
	return 127
}

# foreign NAME: says so if the program is for another kind of machine, or needs
# a loader that is not there. It is started nevertheless: the host may know how.
foreign() {
	IFS= read -r -n 4 magic <"$program"
	[ "$magic" = "$(printf '\177ELF')" ] || return 0
	datum "$image/machine"
	# Its class, order of bytes, and machine: e_ident[4], e_ident[5], e_machine.
	# shellcheck disable=SC2046 # words
	set -- "$1" $($bb od -A n -v -t x1 -j 4 -N 16 "$program")
	case " $value " in
	*" $2$3${16}${17} "*) ;;
	*) say "'$1' is a program for another kind of machine than this one, or than the image says" ;;
	esac
	# Its loader's name stands in the first bytes; reading drops the NULs there.
	IFS= read -r -n 1024 -d "$(printf '\377')" header <"$program"
	case $header in
	*/lib*/ld*.so.[0-9]*) ;;
	*) return 0 ;;
	esac
	loader=/lib${header#*/lib}
	rest=${loader#*.so.}
	loader=${loader%%.so.*}.so.${rest%"${rest#?}"}
	[ -e "$loader" ] || say "'$1' needs the loader $loader, which does not exist: is it made for another C library?"
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
