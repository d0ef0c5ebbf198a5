# USER, as Docker understands it (github.com/moby/sys/user, GetExecUser).
# shellcheck shell=sh

# resolve_user SPEC: "", "name", "1000", "name:group", "1000:0", ":group". Sets
# $ret_uid, $ret_gid, $ret_home, and $ret_groups to "yes" if the user is in more
# groups; then $ret_login is the name to look those up by. A group that SPEC names
# is the only one.
resolve_user() {
	user=${1%%:*} group=
	case $1 in
	*:*)
		group=${1#*:}
		group=${group%%:*}
		;;
	esac
	ret_uid=0 ret_gid=0 ret_login='' ret_home='' ret_groups=no
	find_user "${user:-0}" || return 1
	if [ -n "$group" ]; then
		find_group "$group" || return 1
	elif [ -n "$ret_login" ]; then
		find_memberships
	fi
	if ! mapped uid "$ret_uid" || ! mapped gid "$ret_gid"; then
		say "cannot start as user '$1': this container has no user or group of that number"
		return 1
	fi
	if [ -z "$ret_home" ]; then
		ret_home=/
		if [ "$ret_uid" = 0 ] && [ -d /root ]; then
			ret_home=/root
		fi
	fi
}

# words_of_user: sets $ret_words to the words, a line each, that make a command of
# busybox run as the user of resolve_user. A group alone is that in getgroups, too.
words_of_user() {
	if [ "$regrouped" = $$ ]; then ret_groups=own; fi
	case $ret_groups in
	yes) set -- su -p -s $bb -- "$ret_login" ;;
	own) set -- nsenter -S "$ret_uid" -- $bb ;;
	*) set -- start-stop-daemon -S -p "$lx/none" -c ":$ret_gid" -x $bb -- ;;
	esac
	case $ret_groups:$ret_uid in
	yes:* | own:* | *:0) ;;
	*) set -- "$@" nsenter -S "$ret_uid" -- $bb ;;
	esac
	ret_words=$bb
	for word; do
		ret_words=$ret_words$newline$word
	done
}

# find_user NAME|NUMBER: takes $ret_uid, $ret_gid, $ret_login and $ret_home from
# the first line of /etc/passwd that fits. A number need not be there.
find_user() {
	wanted=
	if number "$1"; then
		wanted=$ret_value
	fi
	if [ -f /etc/passwd ]; then
		while IFS=: read -r f_name _ f_uid f_gid _ f_home _ || [ -n "$f_name" ]; do
			number "$f_uid" || continue
			if [ -n "$wanted" ]; then
				[ "$ret_value" = "$wanted" ] || continue
			else
				[ "$f_name" = "$1" ] || continue
			fi
			ret_uid=$ret_value ret_login=$f_name ret_home=$f_home
			if number "$f_gid"; then
				ret_gid=$ret_value
			fi
			return 0
		done </etc/passwd
	fi
	if [ -z "$wanted" ]; then
		say "cannot start as user '$1': /etc/passwd has no such name"
		return 1
	fi
	in_range "$wanted" && ret_uid=$wanted
}

# find_group NAME|NUMBER: takes $ret_gid from the first line of /etc/group that
# fits. A number need not be there.
find_group() {
	if number "$1"; then
		in_range "$ret_value" && ret_gid=$ret_value
		return
	fi
	if [ -f /etc/group ]; then
		while IFS=: read -r f_name _ f_gid _ || [ -n "$f_name" ]; do
			if [ "$f_name" = "$1" ] && number "$f_gid"; then
				ret_gid=$ret_value
				return 0
			fi
		done </etc/group
	fi
	say "cannot start with group '$1': /etc/group has no such name"
	return 1
}

# find_memberships: sets $ret_groups to "yes" if a group other than $ret_gid lists
# $ret_login as a member.
find_memberships() {
	[ -f /etc/group ] || return 0
	while IFS=: read -r f_name _ f_gid f_members || [ -n "$f_name" ]; do
		case ,$f_members, in
		*",$ret_login,"*) number "$f_gid" && [ "$ret_value" != "$ret_gid" ] && ret_groups=yes ;;
		esac
	done </etc/group
}

# number TEXT: is it all digits? Sets $ret_value to it without leading zeros.
number() {
	case $1 in '' | *[!0-9]*) return 1 ;; esac
	ret_value=${1#"${1%%[!0]*}"}
	ret_value=${ret_value:-0}
}

# in_range NUMBER: can it be a user or group? (Docker's limit)
in_range() {
	[ "${#1}" -le 10 ] && [ "$1" -le 2147483647 ] && return
	say "cannot start as user or group $1: the largest is 2147483647"
	return 1
}

# mapped uid|gid NUMBER: does this user namespace have it? Most have 65536 of each.
mapped() {
	while read -r first _ count; do
		[ "$2" -lt "$first" ] || [ $(($2 - first)) -ge "$count" ] || return 0
	done <"/proc/self/$1_map"
	return 1
}
