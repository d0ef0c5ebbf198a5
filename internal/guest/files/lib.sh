# What every script here reads first: where things are, how to print a line and
# how to read a data file. docs/internals.md lists all files in $state.
#
# PID 1 imports the instance's `environment.*`, whose names can be anything, so
# a variable is always assigned before it is read. A function returns values in
# variables named ret_*, which are good until something else sets them. What several
# functions of a script work on stands behind "State:" at its beginning. Any other
# variable is of use only in the function that assigns it, and in those that it calls.
# shellcheck shell=sh
# shellcheck disable=SC3045 # busybox has read -d

bb=/busybox-lxd      # programs are always called through it: nothing in the image's PATH is ours
lx=/.lxdocker        # these scripts
image=$lx/image      # what the image says, as data
state=/run/lxdocker  # what is going on now; empty at every start
plan=$state/plan     # what to run: the image's data with the instance's changes (see `plan`)
tab='	'
newline='
'
IFS=" $tab$newline"

# say TEXT...: prints one line on the console.
say() {
	printf 'lxdocker: %s\n' "$*" >&2
}

# datum FILE: sets $ret_value to the first string of a data file; false, and "",
# if there is no such file.
datum() {
	ret_value=
	[ -e "$1" ] || return 1
	IFS= read -r -d '' ret_value <"$1"
}

# start_time PID: sets $ret_time, in ticks since the machine was started; "" if the
# process has ended. (proc(5): the fields after the name in parentheses, which can
# be anything, are the 3rd, its state, to the 52nd.)
start_time() {
	ret_time=
	{ read -r fields <"/proc/$1/stat"; } 2>/dev/null || return 0
	set -- ${fields##*) }
	[ "$1" = Z ] || ret_time=${20}
}

# write_sysctl NAME VALUE: where the host does not allow it, the old value stays.
write_sysctl() {
	{ echo "$2" >"/proc/sys/$1"; } 2>/dev/null
}

# unescape PATH: sets $ret_value to the path that mountinfo writes so: a blank is \040
# there.
unescape() {
	ret_value=$1
	case $1 in
	*\\*)
		ret_value=$(printf '%b.' "$1")
		ret_value=${ret_value%.}
		;;
	esac
}

# link_up NIC: sets the interface up, unless it is.
link_up() {
	link_flags=0
	[ ! -r "/sys/class/net/$1/flags" ] || read -r link_flags <"/sys/class/net/$1/flags"
	[ $((link_flags & 1)) = 1 ] || $bb ip link set "$1" up
}
