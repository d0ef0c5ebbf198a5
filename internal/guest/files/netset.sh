# What leases and fixed addresses have in common: routes and name servers.
# Whoever reads this sets $bb, $lx and $state.
#
# Each interface NIC has a file net.NIC.dns in $state with what it contributes to
# /etc/resolv.conf, net.NIC.dns6 with what DHCPv6 does, and net.order says in
# which order.
# shellcheck shell=sh
# shellcheck disable=SC2154 # bb, lx, state

resolv=/etc/resolv.conf

# add_route NIC DESTINATION ROUTER [METRIC]: also when the router is not in the
# network of an address (a /32, or no prefix route).
add_route() {
	case $3 in *:*) family=-6 all=128 ;; *) family=-4 all=32 ;; esac
	if [ "$3" = 0.0.0.0 ]; then # RFC 3442: the destination is on the link
		$bb ip route replace "$2" dev "$1" ${4:+metric "$4"}
	else
		$bb ip "$family" route replace "$2" via "$3" dev "$1" ${4:+metric "$4"} 2>/dev/null && return
		$bb ip "$family" route replace "$3/$all" dev "$1" &&
			$bb ip "$family" route replace "$2" via "$3" dev "$1" ${4:+metric "$4"}
	fi
}

# contribute FILE SEARCH SERVERS: what an interface has for /etc/resolv.conf.
contribute() {
	{
		case $2 in
		'' | *[!A-Za-z0-9._\ -]*) ;; # a server may send anything
		*) printf 'search %s\n' "$2" ;;
		esac
		for server in $3; do
			case $server in *[!A-Za-z0-9.:%_-]*) ;; *) printf 'nameserver %s\n' "$server" ;; esac
		done
	} >"$1"
}

# write_resolv [NIC]: makes /etc/resolv.conf of what the interfaces contribute,
# if any does. NIC is one that may not be in the order.
write_resolv() {
	members=
	[ ! -s "$state/net.order" ] || read -r members <"$state/net.order"
	case " $members " in *" $1 "*) ;; *) members="$members $1" ;; esac
	names='' servers=''
	for member in $members; do
		collect "$state/net.$member.dns"
		collect "$state/net.$member.dns6"
	done
	[ -n "$names$servers" ] || return 0
	own6
	place_of_resolv
	strangers
	text=${names:+search$names
}
	for server in $servers; do
		text="${text}nameserver $server
"
	done
	old=
	while IFS= read -r line; do
		old="$old$line
"
	done 2>/dev/null <"$place"
	[ "$old" = "$text" ] && return
	# In place: who has it open goes on reading the same file.
	{ printf %s "$text" >"$place"; } 2>/dev/null
}

# collect FILE: adds to $names and $servers, each once.
collect() {
	[ -s "$1" ] || return 0
	while read -r key values; do
		for item in $values; do
			case $key in
			search) case "$names " in *" $item "*) ;; *) names="$names $item" ;; esac ;;
			nameserver) case "$servers " in *" $item "*) ;; *) servers="$servers $item" ;; esac ;;
			esac
		done
	done <"$1"
}

# own6: sets $own to the IPv6 servers that were ever ours. They are kept in the
# image's file system, where /etc/resolv.conf is too: both outlive a restart.
own6() {
	own=
	[ ! -s "$lx/servers" ] || read -r own <"$lx/servers"
	before=$own
	for server in $servers; do
		case $server in *:*) case " $own " in *" $server "*) ;; *) own="$own $server" ;; esac ;; esac
	done
	[ "$own" = "$before" ] || { echo "$own" >"$lx/servers"; } 2>/dev/null
}

# strangers: adds the IPv6 servers that somebody else has put into the file:
# DHCPv4 knows nothing about them, so it must not take them away.
strangers() {
	[ -f "$place" ] || return 0
	while read -r key item _; do
		case $key:$item in
		*[!A-Za-z0-9.:%_-]*) ;;
		nameserver:*:*) case " $own$servers " in *" $item "*) ;; *) servers="$servers $item" ;; esac ;;
		esac
	done <"$place"
}

# place_of_resolv: sets $place to the file to write. A symlink is followed if
# it leads to a directory that is there (systemd-resolved's often does not).
place_of_resolv() {
	place=$resolv
	[ -f "$place" ] && [ ! -L "$place" ] && return
	place=$($bb readlink -f "$resolv") && [ -d "${place%/*}/" ] && [ ! -d "$place" ] && return
	place=$resolv
	$bb mkdir -p /etc
	$bb rm -f "$place" 2>/dev/null
}
