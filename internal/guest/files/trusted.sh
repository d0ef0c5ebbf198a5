# Paths on which the application may have put links. What root reads or makes through
# such a link is what the application could not.
# shellcheck shell=sh
# shellcheck disable=SC2086 # $bb is one word

# trusted PATH [whole]: does root alone decide what PATH means? Then every folder and
# every link on the way is root's, and nobody else may write to them. With "whole",
# what PATH names is root's, too. Sets $ret_path to where it leads, without links; what
# does not exist of it is as it is. Nobody else can change that afterwards.
trusted() {
	way=$1 ret_path='' hops=0 whole=$2
	set --
	while [ -n "$way" ]; do
		part=${way%%/*}
		case $way in */*) way=${way#*/} ;; *) way= ;; esac
		case $part in
		'' | .) continue ;;
		..)
			ret_path=${ret_path%/*}
			continue
			;;
		esac
		[ ! -d "$ret_path/" ] || set -- "$@" "$ret_path/"
		if [ -L "$ret_path/$part" ]; then
			hops=$((hops + 1))
			[ "$hops" -le 40 ] || return 1 # as the kernel
			set -- "$@" "$ret_path/$part"
			target=$($bb readlink "$ret_path/$part" && echo x) || return 1
			case $target in /*) ret_path= ;; esac
			way=${target%"${newline}x"}/$way
		else
			ret_path=$ret_path/$part
		fi
	done
	[ -z "$whole" ] || set -- "$@" "$ret_path"
	root_owns "$@"
}

# root_owns FILE...: links are not followed. In a sticky folder, where everybody may
# write, what is root's can only be replaced by root.
root_owns() {
	sticky=
	facts=$($bb stat -c %u:%A "$@") || return 1
	for fact in $facts; do
		case $fact in
		0:[!d]* | 0:d????-??-?) sticky= ;;
		0:d????????[tT]) sticky=yes ;;
		*) return 1 ;;
		esac
	done
	[ -z "$sticky" ]
} 2>/dev/null
