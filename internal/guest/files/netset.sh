# What leases and fixed addresses have in common: routes and name servers.
#
# Each interface NIC has a file net.NIC.dns in $state with what it contributes to
# /etc/resolv.conf, and net.NIC.dhcpv6-dns with what DHCPv6 does; net.order says in
# which order they count.
#
# State: $domains and $servers are what goes into /etc/resolv.conf.
# shellcheck shell=sh
# shellcheck disable=SC2086 # $bb is one word

resolv=/etc/resolv.conf

# add_route NIC DESTINATION ROUTER [METRIC]: works even if the router is not in
# the network of an address (a /32, or no prefix route).
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

# contribute FILE SEARCH SERVERS: writes down what an interface has for
# /etc/resolv.conf.
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

# write_resolv [NIC]: writes /etc/resolv.conf from what the interfaces
# contribute, if any does. NIC is one that may not be in the order yet.
write_resolv() {
	members=
	[ ! -s "$state/net.order" ] || read -r members <"$state/net.order"
	case " $members " in *" $1 "*) ;; *) members="$members $1" ;; esac
	domains='' servers=''
	for member in $members; do
		collect "$state/net.$member.dns"
		collect "$state/net.$member.dhcpv6-dns"
	done
	[ -n "$domains$servers" ] || return 0
	own_servers6
	resolv_file
	keep_foreign_servers
	text=${domains:+search$domains$newline}
	for server in $servers; do
		text="${text}nameserver $server$newline"
	done
	old=
	while IFS= read -r line; do
		old="$old$line$newline"
	done 2>/dev/null <"$ret_file"
	[ "$old" = "$text" ] && return
	# In place: a program that has it open goes on reading the same file.
	{ printf %s "$text" >"$ret_file"; } 2>/dev/null
}

# collect FILE: adds to $domains and $servers, each once.
collect() {
	[ -s "$1" ] || return 0
	while read -r key values; do
		for item in $values; do
			case $key in
			search) case "$domains " in *" $item "*) ;; *) domains="$domains $item" ;; esac ;;
			nameserver) case "$servers " in *" $item "*) ;; *) servers="$servers $item" ;; esac ;;
			esac
		done
	done <"$1"
}

# own_servers6: sets $ret_servers to the IPv6 servers that were ever ours. They
# are kept in the image's file system, as /etc/resolv.conf is: both outlive a
# restart.
own_servers6() {
	ret_servers=
	[ ! -s "$lx/servers" ] || read -r ret_servers <"$lx/servers"
	before=$ret_servers
	for server in $servers; do
		case $server in *:*) case " $ret_servers " in *" $server "*) ;; *) ret_servers="$ret_servers $server" ;; esac ;; esac
	done
	[ "$ret_servers" = "$before" ] || { echo "$ret_servers" >"$lx/servers"; } 2>/dev/null
}

# keep_foreign_servers: adds the IPv6 servers that somebody else has put into
# $ret_file, i.e. those not in $ret_servers: DHCPv4 knows nothing about them, so
# it must not take them away.
keep_foreign_servers() {
	[ -f "$ret_file" ] || return 0
	while read -r key item _; do
		case $key:$item in
		*[!A-Za-z0-9.:%_-]*) ;;
		nameserver:*:*) case " $ret_servers$servers " in *" $item "*) ;; *) servers="$servers $item" ;; esac ;;
		esac
	done <"$ret_file"
}

# resolv_file: sets $ret_file to the file to write. A symlink is followed if it
# leads to a directory that exists (systemd-resolved's often does not), and if root
# alone decides where it leads.
resolv_file() {
	ret_file=$resolv
	[ -f "$ret_file" ] && [ ! -L "$ret_file" ] && return
	# shellcheck source=trusted.sh
	. /.lxdocker/trusted.sh
	if trusted "$resolv" && [ -d "${ret_path%/*}/" ] && [ ! -d "$ret_path" ]; then
		ret_file=$ret_path
		return
	fi
	$bb mkdir -p /etc
	$bb rm -f "$ret_file" 2>/dev/null
}
