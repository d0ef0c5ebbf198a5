# LXDOCKER_GROUPS: groups for the application beside those of its user, as by
# `docker run --group-add`.
# shellcheck shell=sh

# list_groups SETTING: writes the application's group, and all others that it is
# to have, to $state/groups. $ret_gid and $ret_login are those of its user; what
# /etc/group says about the user counts only if $ret_groups is "yes".
list_groups() {
	all=
	IFS=" ,$tab$newline"
	set -f
	for wanted in $1; do
		IFS=" $tab$newline"
		if group_number "$wanted" && mapped gid "$ret_value"; then
			all="$all $ret_value"
		else
			say "LXDOCKER_GROUPS: there is no group '$wanted'"
		fi
	done
	set +f
	IFS=" $tab$newline"
	if [ "$ret_groups" = yes ]; then
		while IFS=: read -r _ _ f_gid f_members || [ -n "$f_gid" ]; do
			case ,$f_members, in *",$ret_login,"*) ! number "$f_gid" || ! mapped gid "$ret_value" || all="$all $ret_value" ;; esac
		done </etc/group
	fi
	echo "$ret_gid$all" >"$state/groups"
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
