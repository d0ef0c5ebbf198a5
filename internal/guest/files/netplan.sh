# user.lxdocker.net: what the instance wants of its network. LXD writes it to a
# file; here it is read. It can be any text, and is never more than text: words
# of other than the expected characters get no further.
# shellcheck shell=sh
# shellcheck disable=SC2154,SC2034 # variables of and for other scripts

# read_wishes FILE: sets
#   $policy  dhcp or none: for interfaces about which nothing is said
#   $limit   how many seconds the application waits for an address
#   $wishes  a line for each interface about which something is said: its name
#            and words like address=10.0.0.5/24, with one value each
read_wishes() {
	policy=dhcp limit=10 wishes='' mistakes=0
	[ -s "$1" ] || return 0
	set -f
	blank=$(printf ' \t\r')
	while IFS= read -r line || [ -n "$line" ]; do
		IFS=';'
		for statement in ${line%%#*}; do
			IFS=$blank
			# shellcheck disable=SC2086 # words
			read_statement $statement
		done
	done <"$1"
	IFS=" $tab$newline"
	set +f
	[ "$mistakes" -le 5 ] || say "user.lxdocker.net: and $((mistakes - 5)) more like these"
}

# mistake WORD TEXT: is said, the first five times.
mistake() {
	mistakes=$((mistakes + 1))
	[ "$mistakes" -le 5 ] || return 0
	say "user.lxdocker.net: '$(printf %.40s "$1" | $bb tr -c ' -~' '?')' $2"
}

# read_statement WORD...
read_statement() {
	while [ $# -gt 0 ]; do
		case $1 in
		'') ;; # before the end of a line of Windows
		dhcp | none) policy=$1 ;;
		wait=*) wish_to_wait "$1" "${1#*=}" ;;
		*=*) mistake "$1" "is not understood here: wait=SECONDS would be, or the name of an interface before it" ;;
		lo | [!A-Za-z0-9_]* | *[!A-Za-z0-9._-]* | ????????????????*)
			mistake "$1" "is neither dhcp nor none nor the name of an interface"
			return # the rest was about it
			;;
		*)
			read_interface "$@"
			return
			;;
		esac
		shift
	done
}

# wish_to_wait WORD SECONDS
wish_to_wait() {
	case $2 in
	'' | *[!0-9]* | ?????*) mistake "$1" "is not understood: it takes seconds, 0 to 9999" ;;
	*) limit=$2 ;;
	esac
}

# read_interface NAME WORD...
read_interface() {
	nic=$1
	words=
	[ $# -gt 1 ] || mistake "$1" "is followed by nothing: dhcp, none, or address=ADDRESS/LENGTH"
	shift
	for word; do
		kind=${word%%=*}
		case $word in
		'') ;;
		dhcp | none) words="$words $word" ;;
		address=?* | gateway=?* | dns=?* | search=?* | metric=?*)
			IFS=,
			for one in ${word#*=}; do
				IFS=$blank
				if "is_$kind" "$one"; then
					words="$words $kind=$one"
				else
					mistake "$one" "is no $kind for $nic: $hint"
				fi
			done
			IFS=$blank
			;;
		*) mistake "$word" "is not understood for $nic: dhcp, none, address=, gateway=, dns=, search=, metric= are" ;;
		esac
	done
	contradictions
	wishes="$wishes$nic$words$newline"
}

# contradictions: of what is said about $nic. What is right goes on working.
contradictions() {
	case " $words " in
	'  none ') ;;
	*' none '*) mistake none "is said about $nic, and something else too: none it is" ;;
	esac
	IFS=$blank
	for one in $words; do
		case $one in
		gateway=*:*) has_address_like '*:*' || mistake "${one#*=}" "needs an IPv6 address= for $nic too" ;;
		gateway=*) has_address_like '*.*' || mistake "${one#*=}" "needs an IPv4 address= for $nic too" ;;
		dhcp) ! has_address_like '*.*' || mistake dhcp "does nothing for $nic, which has an IPv4 address=" ;;
		esac
	done
}

# has_address_like PATTERN: is there such an address= in $words?
has_address_like() {
	for other in $words; do
		# shellcheck disable=SC2254 # it is a pattern
		case $other in address=$1) return 0 ;; esac
	done
	return 1
}

# wishes_for NIC: sets $words to all that is said about it.
wishes_for() {
	words=
	while read -r name rest; do
		[ "$name" != "$1" ] || words="$words $rest"
	done <<-EOF
		$wishes
	EOF
}
