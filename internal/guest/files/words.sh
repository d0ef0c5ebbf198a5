# Text that a person has quoted as for a shell. It is data: nothing in it is
# ever expanded or executed.
#
# State: $unread is what is still to be read.
# shellcheck shell=sh

# next_word: moves a word from the beginning of $unread to $ret_value. 'Single'
# and "double" quotes and backslashes keep their meaning; false if a quote is not
# closed.
next_word() {
	ret_value=
	while :; do
		case $unread in
		'' | ["$tab $newline"]*) return 0 ;;
		\'*\'*)
			unread=${unread#?}
			ret_value=$ret_value${unread%%\'*}
			unread=${unread#*\'}
			;;
		\'*) return 1 ;;
		\"*) double_quoted || return 1 ;;
		\\?*) take_escaped ;;
		\\) return 1 ;;
		*)
			part=${unread%%[\'\"\\"$tab $newline"]*}
			ret_value=$ret_value$part
			unread=${unread#"$part"}
			;;
		esac
	done
}

# skip_blanks: drops them from the beginning of $unread.
skip_blanks() {
	unread=${unread#"${unread%%[!"$tab $newline"]*}"}
}

# take_escaped: appends the character after a backslash to $ret_value.
take_escaped() {
	unread=${unread#?}
	ret_value=$ret_value${unread%"${unread#?}"}
	unread=${unread#?}
}

# double_quoted: appends the content of "..." to $ret_value; false if the quote
# is not closed.
double_quoted() {
	unread=${unread#?}
	while :; do
		case $unread in
		\"*)
			unread=${unread#?}
			return 0
			;;
		\\[\"\\\$\`]*) take_escaped ;;
		\\*)
			ret_value=$ret_value\\
			unread=${unread#?}
			;;
		'') return 1 ;;
		*)
			part=${unread%%[\"\\]*}
			ret_value=$ret_value$part
			unread=${unread#"$part"}
			;;
		esac
	done
}
