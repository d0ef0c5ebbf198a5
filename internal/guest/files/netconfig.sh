# user.lxdocker.net: how the instance wants its network. LXD writes the text to a
# file, which is read here. It can be anything, and is only ever text: words with
# unexpected characters get no further.
#
# State: what it says, see read_network_config: $default_mode, $wait_limit, $nic_config;
# and $mistakes, how many there are in it.
# shellcheck shell=sh

# read_network_config FILE: sets
#   $default_mode  dhcp or none: for interfaces that are not named
#   $wait_limit    how many seconds the application waits for an address
#   $nic_config    a line for each interface that is named: the name and words
#                  like address=10.0.0.5/24, with one value each
read_network_config() {
	default_mode=dhcp wait_limit=10 nic_config='' mistakes=0
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

# mistake WORD TEXT: is reported, the first five times.
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
		dhcp | none) default_mode=$1 ;;
		wait=*) read_wait "$1" "${1#*=}" ;;
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

# read_wait WORD SECONDS
read_wait() {
	case $2 in
	'' | *[!0-9]* | ?????*) mistake "$1" "is not understood: it takes seconds, 0 to 9999" ;;
	*) wait_limit=$2 ;;
	esac
}

# read_interface NAME WORD...: adds a line to $nic_config.
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
			for item in ${word#*=}; do
				IFS=$blank
				if "is_$kind" "$item"; then
					words="$words $kind=$item"
				else
					mistake "$item" "is no $kind for $nic: $ret_hint"
				fi
			done
			IFS=$blank
			;;
		*) mistake "$word" "is not understood for $nic: dhcp, none, address=, gateway=, dns=, search=, metric= are" ;;
		esac
	done
	report_contradictions
	nic_config="$nic_config$nic$words$newline"
}

# report_contradictions: in $words, about $nic. What is right still applies.
report_contradictions() {
	case " $words " in
	'  none ') ;;
	*' none '*) mistake none "is said about $nic, and something else too: none it is" ;;
	esac
	IFS=$blank
	for item in $words; do
		case $item in
		gateway=*:*) has_address_like '*:*' || mistake "${item#*=}" "needs an IPv6 address= for $nic too" ;;
		gateway=*) has_address_like '*.*' || mistake "${item#*=}" "needs an IPv4 address= for $nic too" ;;
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

# config_for NIC: sets $ret_words to all that $nic_config says about it.
config_for() {
	ret_words=
	while read -r name more; do
		[ "$name" != "$1" ] || ret_words="$ret_words $more"
	done <<-EOF
		$nic_config
	EOF
}
