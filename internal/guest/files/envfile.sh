# LXDOCKER_ENVFILE: lines of NAME=VALUE. They are data: nothing in them is ever
# expanded or executed.
#
#   # a comment
#   NAME=all up to the end of the line, with $ and "quotes" and # as they are
#   export NAME='a quoted value'   # blanks or a comment may follow
#   NAME="in these, \" \\ \$ and \` lose their backslash"
#   NAME='it'\''s' and 'it'"'"'s' work as well: shells write values like this
#
# A value is unquoted only if it begins with a quote and its quotes match up to
# the end; any other value is taken literally. Blanks around a value are dropped
# unless quoted, and so is the carriage return of a DOS line ending.
#
# State: $envfile is the file, for messages.
# shellcheck shell=sh
# shellcheck disable=SC2086 # $bb is one word, and $ret_words are several

# shellcheck source=trusted.sh
. /.lxdocker/trusted.sh
# shellcheck source=words.sh
. /.lxdocker/words.sh
carriage_return=$(printf '\r')

# open_envfile SETTING: sets $envfile, and $ret_file to what is to be read. Root reads
# what root alone decides on. What the application could have put there, or a link to
# it, is read by its own user, $ret_words: up to 1 MiB, and only a file that has an end.
open_envfile() {
	case $1 in /*) envfile=$1 ;; *) envfile=/$1 ;; esac
	ret_file=/dev/null
	if [ ! -f "$envfile" ]; then
		say "LXDOCKER_ENVFILE: there is no file $envfile"
	elif [ "$ret_uid" = 0 ]; then
		ret_file=$envfile
	elif trusted "$envfile" whole; then
		ret_file=$ret_path
	elif copy_envfile 2>/dev/null; then
		ret_file=$state/envfile
	else
		say "LXDOCKER_ENVFILE: the application's user may not read $envfile, and root does not: others could have changed where that leads"
	fi
}

# copy_envfile: has the user copy it to $state.
copy_envfile() {
	umask 077
	IFS=$newline
	set -f
	# shellcheck disable=SC2016 # the inner shell expands
	$bb env -i $ret_words sh -c '[ -f "$0" ] && exec /busybox-lxd head -c 1048576 "$0"' "$envfile" >"$state/envfile"
	copied=$?
	set +f
	IFS=" $tab$newline"
	umask 022
	return $copied
}

# parse_entry LINE: sets $ret_entry to NAME=VALUE; false if the line has none.
# $envfile and $count say where the line is, for the message about a bad one.
parse_entry() {
	trim "${1%"$carriage_return"}"
	case $ret_text in
	'' | '#'*) return 1 ;;
	"export "* | "export$tab"*) trim "${ret_text#export}" ;;
	esac
	name=${ret_text%%=*}
	case $name in
	'' | *["$tab "]* | "$ret_text")
		say "$envfile:$count: not NAME=VALUE"
		return 1
		;;
	esac
	trim "${ret_text#*=}"
	unquote "$ret_text" || ret_value=$ret_text
	ret_entry=$name=$ret_value
}

# trim TEXT: sets $ret_text to TEXT without the blanks around it.
trim() {
	ret_text=${1#"${1%%[!"$tab "]*}"}
	ret_text=${ret_text%"${ret_text##*[!"$tab "]}"}
}

# unquote TEXT: sets $ret_value to what a shell would make of TEXT; false if TEXT
# does not begin with a quote, or is more than one word and perhaps a comment.
unquote() {
	case $1 in [\'\"]*) ;; *) return 1 ;; esac
	unread=$1
	next_word || return 1
	skip_blanks
	case $unread in '' | '#'*) return 0 ;; esac
	return 1
}
