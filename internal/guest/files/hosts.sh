# The line of /etc/hosts that names this instance. LXD and Incus write it, with
# 127.0.1.1; members of a cluster that look themselves up would listen there, where
# no other member reaches them. As in Docker, it is the address of an interface.
# shellcheck shell=sh
# shellcheck disable=SC2016 # awk expands
# shellcheck disable=SC2086 # $bb is one word

# own_name: has the name mean the address of the first interface that has one, and
# 127.0.1.1 while none has. It starts no process as long as no address changes.
own_name() {
	[ -z "$hosts_kept" ] || return 0
	describe_addresses
	[ "$ret_text" != "$addresses" ] || return 0
	addresses=$ret_text
	find_own_address
	[ "$ret_address" = "$own_address" ] || write_own_name "$ret_address"
	own_address=$ret_address
}

# describe_addresses: sets $ret_text to something that is another text when an
# address has come or gone, whoever has set it.
describe_addresses() {
	ret_text=$order others=
	for member in $order; do
		words=
		for source in "$state/net.$member.lease" "$state/net.$member.fixed"; do
			[ ! -s "$source" ] || read -r words <"$source"
		done
		[ -n "$words" ] || others=yes
		ret_text="$ret_text $words"
	done
	[ -z "$others" ] || describe_others
	[ -r /proc/net/if_inet6 ] || return 0
	while read -r item _ _ scope flags name; do
		case "$scope $order " in "00"*" $name "*) ret_text="$ret_text $item $flags" ;; esac
	done </proc/net/if_inet6
} 2>/dev/null

# describe_others: adds the IPv4 addresses that others have set, the host or the
# application: those of this machine, and to which networks the interfaces lead.
describe_others() {
	while read -r name destination _; do
		case " $order " in *" $name "*) ret_text="$ret_text $destination" ;; esac
	done </proc/net/route
	while read -r mark item kind; do
		case $mark$kind in
		'|--'*) leaf=$item ;;
		/32*LOCAL) ret_text="$ret_text $leaf" ;;
		esac
	done </proc/net/fib_trie
}

# find_own_address: sets $ret_address.
find_own_address() {
	for member in $order; do
		if [ -s "$state/net.$member.lease" ]; then
			read -r ret_address <"$state/net.$member.lease"
		else
			address_of "$member"
		fi
		ret_address=${ret_address%%/*}
		[ -z "$ret_address" ] || return 0
	done
	ret_address=127.0.1.1
}

# address_of NIC: sets $ret_address to one that others can reach it at, of IPv4 if
# there is one.
address_of() {
	ret_address=$($bb ip -o addr show dev "$1" scope global 2>/dev/null | $bb awk '
		/ (tentative|dadfailed|deprecated|temporary|secondary)/ { next }
		$3 == "inet" { print $4; found = 1; exit }
		$3 == "inet6" && !other { other = $4 }
		END { if (!found) print other }')
}

# write_own_name ADDRESS: in the line that has this name and an address of ours.
# Any other line belongs to the instance, and so does a file without such a line.
# $lx/own-address has the addresses that can be in the file: the one that is to be
# there and the one before, since a crash may come between.
write_own_name() {
	[ ! -L /etc/hosts ] || return 0 # somebody else's
	ours=127.0.1.1
	[ ! -s "$lx/own-address" ] || read -r ours <"$lx/own-address"
	text=$($bb awk -v name="$NIC_HOST" -v new="$1" -v ours="127.0.1.1 $ours" '
		BEGIN { n = split(ours, list, " "); for (i=1; i <= n; i++) is_ours[list[i]] = 1 }
		$1 in is_ours {
			for (i=2; i <= NF && $i !~ /^#/; i++)
				if ($i == name) { changed += $1 != new; sub(/[^ \t]+/, new); break }
		}
		{ print }
		END { if (!changed) exit 3 }' /etc/hosts 2>/dev/null)
	changed=$?
	case $changed in 0 | 3) ;; *) return 0 ;; esac
	{ echo "$1 ${ours%% *}" >"$lx/own-address"; } 2>/dev/null || return 0
	if [ -n "$app_container" ]; then
		cover_hosts "$text" 2>/dev/null
	elif [ "$changed" = 0 ] && [ -n "$text" ]; then
		replace_hosts "$text" 2>/dev/null
	fi
}

# cover_hosts TEXT: where Incus has mounted a file of its own, which nobody in here may
# write to, another one is mounted over it.
cover_hosts() {
	covered=
	[ ! -e "$state/hosts" ] || covered=yes
	printf '%s\n' "$1" >"$state/hosts" || return 0
	[ -n "$covered" ] || $bb mount -n -o bind "$state/hosts" /etc/hosts
}

# replace_hosts TEXT: never half of it, and with owner and mode as they are.
replace_hosts() {
	if $bb cp -p /etc/hosts /etc/.hosts && printf '%s\n' "$1" >/etc/.hosts; then
		$bb mv -f /etc/.hosts /etc/hosts
	else
		$bb rm -f /etc/.hosts
	fi
}
