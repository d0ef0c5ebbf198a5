# LXDOCKER_ENVFILE: lines of NAME=VALUE. They are data: nothing in them is ever
# expanded or executed.
#
#   # a comment
#   NAME=all up to the end of the line, with $ and "quotes" and # as they are
#   export NAME='a quoted value'   # blanks or a comment may follow
#   NAME="in these, \" \\ \$ and \` lose their backslash"
#   NAME='it'\''s' and 'it'"'"'s' work as well: shells write values like this
#
# A value is read as quoted only if it begins with a quote and the quotes make
# sense up to the end; any other value is taken as it is. Blanks around a value
# are dropped, unless quoted; so is the carriage return of a DOS line end.
# shellcheck shell=sh
# shellcheck disable=SC2154,SC2034 # variables of lib.sh and start

return=$(printf '\r')

# parse_entry LINE: sets $entry to NAME=VALUE; false if the line gives none.
# $envfile and $count say where the line is from, for a complaint.
parse_entry() {
	trim "${1%"$return"}"
	case $text in
	'' | '#'*) return 1 ;;
	"export "* | "export$tab"*) trim "${text#export}" ;;
	esac
	name=${text%%=*}
	case $name in
	'' | *["$tab "]* | "$text")
		say "$envfile:$count: not NAME=VALUE"
		return 1
		;;
	esac
	trim "${text#*=}"
	word=$text
	unquote "$word" || value=$word
	entry=$name=$value
}

# trim TEXT: sets $text to TEXT without the blanks around it.
trim() {
	text=${1#"${1%%[!"$tab "]*}"}
	text=${text%"${text##*[!"$tab "]}"}
}

# unquote TEXT: sets $value to what a shell would make of TEXT; false if TEXT
# does not begin with a quote, or is not one word and perhaps a comment.
unquote() {
	case $1 in [\'\"]*) ;; *) return 1 ;; esac
	rest=$1
	next_word || return 1
	skip_blanks
	case $rest in '' | '#'*) return 0 ;; esac
	return 1
}
