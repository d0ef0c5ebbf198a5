# Addresses of an interface: those that it has already, and fixed ones.
# shellcheck shell=sh
# shellcheck disable=SC2154,SC2034 # variables of lib.sh, netplan.sh, netwatch and each other

# host_configured NIC: has LXD or Incus given it an address itself, as they do
# for NICs of the type routed? Then it has routes, or an IPv6 address that does
# not come from a router's advertisement (0x80: permanent).
host_configured() {
	while read -r name _; do
		[ "$name" != "$1" ] || return 0
	done </proc/net/route
	permanent6 "$1"
}

permanent6() {
	[ -r /proc/net/if_inet6 ] || return 1
	while read -r _ _ _ scope flags name; do
		[ "$name:$scope" != "$1:00" ] || [ $((0x$flags & 0x80)) = 0 ] || return 0
	done </proc/net/if_inet6
	return 1
}

# has_address NIC: from whomever. One of IPv6 has to be for more than the link,
# and tried (0x40: not yet, 0x08: it is somebody else's).
has_address() {
	[ -s "$state/net.$1.lease" ] || [ -s "$state/net.$1.fixed" ] && return
	[ -r /proc/net/if_inet6 ] || return 1
	while read -r _ _ _ scope flags name; do
		[ "$name:$scope" != "$1:00" ] || [ $((0x$flags & 0x48)) != 0 ] || return 0
	done </proc/net/if_inet6
	return 1
}

# sort_words: $words by what they are for. They may say another $metric.
sort_words() {
	own_dns='' own_search='' fixed4='' fixed6='' gateways=''
	for word in $words; do
		value=${word#*=}
		case $word in
		address=*:*) fixed6="$fixed6 $value" ;;
		address=*) fixed4="$fixed4 $value" ;;
		gateway=*) gateways="$gateways $value" ;;
		dns=*) own_dns="$own_dns $value" ;;
		search=*) own_search="$own_search $value" ;;
		metric=*) metric=$value ;;
		esac
	done
	own_dns=${own_dns# } own_search=${own_search# }
}

# fixed_addresses: those that the instance gives $nic, with what belongs to them.
fixed_addresses() {
	if [ -n "$fixed6" ]; then
		write_sysctl "net/ipv6/conf/$nic/accept_ra" 0
		write_sysctl "net/ipv6/conf/$nic/autoconf" 0
	fi
	for value in $fixed4 $fixed6; do
		case $value in
		*.*/31 | *.*/32 | *:*) all= ;;
		*) all='broadcast +' ;;
		esac
		# shellcheck disable=SC2086 # two words
		$bb ip addr add "$value" $all dev "$nic" 2>/dev/null || say "$nic does not get the address $value"
	done
	[ -z "$fixed4" ] || echo "$fixed4" >"$state/net.$nic.fixed"
	fixed_routes
	if [ -z "$resolv_kept" ] && [ -n "$own_dns$own_search" ]; then
		contribute "$state/net.$nic.dns" "$own_search" "$own_dns"
		write_resolv "$nic"
	fi
}

# fixed_routes: through $gateways, which count only beside an address.
fixed_routes() {
	for value in $gateways; do
		case $value in
		*:*) [ -n "$fixed6" ] || continue ;;
		*) [ -n "$fixed4" ] || continue ;;
		esac
		if [ "$metric" = 0 ]; then
			add_route "$nic" default "$value"
		else
			add_route "$nic" default "$value" "$metric"
		fi 2>/dev/null || say "$nic has no way to the gateway $value"
	done
}
