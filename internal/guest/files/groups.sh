# The groups that the application gets beside those of its user: those of $plan/groups
# (LXDOCKER_GROUPS, `groups` of the spec), as by `docker run --group-add`, and for a user
# other than root those of the instance's devices.
#
# State: $all has those found so far, each behind a blank.
# shellcheck shell=sh
# shellcheck disable=SC2086 # $bb is one word

# list_groups WANTED: writes the application's group, and all others that it is
# to have, to $state/groups, if it gets any. $ret_uid, $ret_gid and $ret_login are
# those of its user; what /etc/group says about the user counts only if $ret_groups is
# "yes".
list_groups() {
	all=
	add_wanted "$1"
	[ "$ret_uid" = 0 ] || add_those_of_devices
	[ -z "$all" ] || [ "$ret_groups" != yes ] || add_memberships
	echo "${all:+$ret_gid$all}" >"$state/groups"
}

# add_group NUMBER: each one counts once.
add_group() {
	case "$all " in *" $1 "*) ;; *) all="$all $1" ;; esac
}

# add_wanted WANTED
add_wanted() {
	IFS=" ,$tab$newline"
	set -f
	for wanted in $1; do
		IFS=" $tab$newline"
		if group_number "$wanted" && mapped gid "$ret_value"; then
			add_group "$ret_value"
		else
			say "there is no group '$wanted', which the application is to have"
		fi
	done
	set +f
	IFS=" $tab$newline"
}

# add_those_of_devices: a device that the instance has been given (gpu, unix-char) has
# the number of a group that its configuration says, which no image knows. Those that
# every container has are root's, or the host's, which is 65534 here; but terminals have
# a group of their own.
add_those_of_devices() {
	set --
	for name in /dev/*; do
		case ${name#/dev/} in console | fd | mqueue | ptmx | pts | shm | std* | tty | tty[0-9]*) continue ;; esac
		for device in "$name" "$name"/* "$name"/*/* "$name"/*/*/*; do
			[ ! -c "$device" ] || set -- "$@" "$device"
		done
	done
	[ $# != 0 ] || return 0
	for group in $($bb stat -L -c %g "$@"); do
		case $group in 0 | 65534) ;; *) add_group "$group" ;; esac
	done
}

# add_memberships: in /etc/group.
add_memberships() {
	while IFS=: read -r _ _ f_gid f_members || [ -n "$f_gid" ]; do
		case ,$f_members, in *",$ret_login,"*) ! number "$f_gid" || ! mapped gid "$ret_value" || add_group "$ret_value" ;; esac
	done </etc/group
}

# group_number NAME|NUMBER: sets $ret_value to the number. A number need not be in
# /etc/group.
group_number() {
	if number "$1"; then
		[ "${#ret_value}" -le 10 ]
		return
	fi
	[ -f /etc/group ] || return 1
	while IFS=: read -r f_name _ f_gid _ || [ -n "$f_name" ]; do
		[ "$f_name" != "$1" ] || ! number "$f_gid" || return 0
	done </etc/group
	return 1
}
