# Text that a person has quoted, as for a shell. It is data: nothing in it is
# ever expanded or executed.
# shellcheck shell=sh
# shellcheck disable=SC2154,SC2034 # variables of lib.sh and of those who read this

# next_word: moves a word from the beginning of $rest to $value. 'single' and
# "double" quotes and backslashes keep their meaning; false if a quote has no end.
next_word() {
	value=
	while :; do
		case $rest in
		'' | ["$tab $newline"]*) return 0 ;;
		\'*\'*)
			rest=${rest#?}
			value=$value${rest%%\'*}
			rest=${rest#*\'}
			;;
		\'*) return 1 ;;
		\"*) double_quoted || return 1 ;;
		\\?*) take_escaped ;;
		\\) return 1 ;;
		*)
			part=${rest%%[\'\"\\"$tab $newline"]*}
			value=$value$part
			rest=${rest#"$part"}
			;;
		esac
	done
}

# skip_blanks: drops them from the beginning of $rest.
skip_blanks() {
	rest=${rest#"${rest%%[!"$tab $newline"]*}"}
}

# take_escaped: moves the character after a backslash from $rest to $value.
take_escaped() {
	rest=${rest#?}
	value=$value${rest%"${rest#?}"}
	rest=${rest#?}
}

# double_quoted: moves a "..." from $rest to $value; false if it has no end.
double_quoted() {
	rest=${rest#?}
	while :; do
		case $rest in
		\"*)
			rest=${rest#?}
			return 0
			;;
		\\[\"\\\$\`]*) take_escaped ;;
		\\*)
			value=$value\\
			rest=${rest#?}
			;;
		'') return 1 ;;
		*)
			part=${rest%%[\"\\]*}
			value=$value$part
			rest=${rest#"$part"}
			;;
		esac
	done
}
