# USER, as Docker understands it (github.com/moby/sys/user, GetExecUser).
# shellcheck shell=sh
# shellcheck disable=SC2154,SC2034 # variables of lib.sh and start

# resolve_user SPEC: "", "name", "1000", "name:group", "1000:0", ":group". Sets
# $uid, $gid, $home, and $groups to "yes" if the user is in more groups; then
# $login is the name to ask for them. An explicit group is the only one.
resolve_user() {
	user=${1%%:*} group=
	case $1 in
	*:*)
		group=${1#*:}
		group=${group%%:*}
		;;
	esac
	uid=0 gid=0 login='' home='' groups=no
	find_user "${user:-0}" || return 1
	if [ -n "$group" ]; then
		find_group "$group" || return 1
	elif [ -n "$login" ]; then
		find_memberships
	fi
	if [ -z "$home" ]; then
		home=/
		if [ "$uid" = 0 ] && [ -d /root ]; then
			home=/root
		fi
	fi
}

# find_user NAME|NUMBER: the first fitting line of /etc/passwd. A number need
# not be there.
find_user() {
	wanted=
	if number "$1"; then
		wanted=$value
	fi
	if [ -f /etc/passwd ]; then
		while IFS=: read -r f_name _ f_uid f_gid _ f_home _ || [ -n "$f_name" ]; do
			number "$f_uid" || continue
			if [ -n "$wanted" ]; then
				[ "$value" = "$wanted" ] || continue
			else
				[ "$f_name" = "$1" ] || continue
			fi
			uid=$value login=$f_name home=$f_home
			if number "$f_gid"; then
				gid=$value
			fi
			return 0
		done </etc/passwd
	fi
	if [ -z "$wanted" ]; then
		say "cannot start as user '$1': /etc/passwd has no such name"
		return 1
	fi
	in_range "$wanted" && uid=$wanted
}

# find_group NAME|NUMBER: the first fitting line of /etc/group. A number need
# not be there.
find_group() {
	if number "$1"; then
		in_range "$value" && gid=$value
		return
	fi
	if [ -f /etc/group ]; then
		while IFS=: read -r f_name _ f_gid _ || [ -n "$f_name" ]; do
			if [ "$f_name" = "$1" ] && number "$f_gid"; then
				gid=$value
				return 0
			fi
		done </etc/group
	fi
	say "cannot start with group '$1': /etc/group has no such name"
	return 1
}

# find_memberships: do groups other than $gid list $login as a member?
find_memberships() {
	[ -f /etc/group ] || return 0
	while IFS=: read -r f_name _ f_gid f_members || [ -n "$f_name" ]; do
		case ,$f_members, in
		*",$login,"*) number "$f_gid" && [ "$value" != "$gid" ] && groups=yes ;;
		esac
	done </etc/group
}

# number TEXT: is it all digits? Sets $value to it without leading zeros.
number() {
	case $1 in '' | *[!0-9]*) return 1 ;; esac
	value=${1#"${1%%[!0]*}"}
	value=${value:-0}
}

# in_range NUMBER: can it be a user or group? (Docker's limit)
in_range() {
	[ "${#1}" -le 10 ] && [ "$1" -le 2147483647 ] && return
	say "cannot start as user or group $1: the largest is 2147483647"
	return 1
}
