# Addresses of an interface: those that it has already, and fixed ones.
#
# State: variables $nic_* are what the instance wants for the interface at hand.
# shellcheck shell=sh
# shellcheck disable=SC2086 # $bb is one word

# host_configured NIC: has LXD or Incus given it an address itself, as they do
# for NICs of the type routed? Then it has routes, or an IPv6 address that does
# not come from a router advertisement (0x80: permanent).
host_configured() {
	has_route "$1" || has_permanent6 "$1"
}

# has_route NIC: of IPv4.
has_route() {
	while read -r name _; do
		[ "$name" != "$1" ] || return 0
	done </proc/net/route
	return 1
}

has_permanent6() {
	[ -r /proc/net/if_inet6 ] || return 1
	while read -r _ _ _ scope flags name; do
		[ "$name:$scope" != "$1:00" ] || [ $((0x$flags & 0x80)) = 0 ] || return 0
	done </proc/net/if_inet6
	return 1
}

# has_address NIC: of any origin. An IPv6 address has to be global, and past
# duplicate address detection (0x40: tentative, 0x08: failed).
has_address() {
	[ -s "$state/net.$1.lease" ] || [ -s "$state/net.$1.fixed" ] && return
	[ -r /proc/net/if_inet6 ] || return 1
	while read -r _ _ _ scope flags name; do
		[ "$name:$scope" != "$1:00" ] || [ $((0x$flags & 0x48)) != 0 ] || return 0
	done </proc/net/if_inet6
	return 1
}

# is_being_checked NIC: has it IPv6 addresses alone, one of which is still being looked for
# elsewhere (duplicate address detection)? Until then nobody can listen at it.
is_being_checked() {
	! has_route "$1" && [ -r /proc/net/if_inet6 ] || return 1
	while read -r _ _ _ scope flags name; do
		[ "$name:$scope" != "$1:00" ] || [ $((0x$flags & 0x48)) != 64 ] || return 0
	done </proc/net/if_inet6
	return 1
}

# ignore_routers: $nic is to have nothing of what they advertise.
ignore_routers() {
	write_sysctl "net/ipv6/conf/$nic/accept_ra" 0
	forget_routers
}

# forget_routers: what a router has advertised before this script told the kernel what
# to make of it is as it was, for hours, or until the router comes forward again. Then
# IPv6 begins anew on $nic, which asks for routers. (0x40000: from an advertisement.)
forget_routers() {
	[ -r /proc/net/ipv6_route ] || return 0
	while read -r target length _ _ _ _ _ _ flags name; do
		case $target/$length:$name in
		00000000000000000000000000000000/00:"$nic")
			[ $((0x$flags & 0x40000)) = 0 ] || break
			;;
		esac
		name=
	done </proc/net/ipv6_route
	[ "$name" = "$nic" ] && ! has_permanent6 "$nic" || return 0
	write_sysctl "net/ipv6/conf/$nic/disable_ipv6" 1
	write_sysctl "net/ipv6/conf/$nic/disable_ipv6" 0
}

# configure: sets the variables nic_* from what is said about $nic, and leaves
# the words themselves in $ret_words.
configure() {
	rank "$nic"
	nic_metric=$ret_metric
	config_for "$nic"
	nic_dns='' nic_search='' nic_fixed4='' nic_fixed6='' nic_gateways=''
	for word in $ret_words; do
		value=${word#*=}
		case $word in
		address=*:*) nic_fixed6="$nic_fixed6 $value" ;;
		address=*) nic_fixed4="$nic_fixed4 $value" ;;
		gateway=*) nic_gateways="$nic_gateways $value" ;;
		dns=*) nic_dns="$nic_dns $value" ;;
		search=*) nic_search="$nic_search $value" ;;
		metric=*) nic_metric=$value ;;
		esac
	done
	nic_dns=${nic_dns# } nic_search=${nic_search# }
}

# fixed_addresses: gives $nic the addresses that the instance wants, with what
# belongs to them.
fixed_addresses() {
	if [ -n "$nic_fixed6" ]; then
		write_sysctl "net/ipv6/conf/$nic/autoconf" 0
		ignore_routers
	fi
	for address in $nic_fixed4 $nic_fixed6; do
		case $address in
		*.*/31 | *.*/32 | *:*) options= ;;
		*) options='broadcast +' ;;
		esac
		# shellcheck disable=SC2086 # two words
		$bb ip addr add "$address" $options dev "$nic" 2>/dev/null || say "$nic does not get the address $address"
	done
	[ -z "$nic_fixed4" ] || echo "$nic_fixed4" >"$state/net.$nic.fixed"
	fixed_routes
	if [ -z "$resolv_kept" ] && [ -n "$nic_dns$nic_search" ]; then
		contribute "$state/net.$nic.dns" "$nic_search" "$nic_dns"
		write_resolv "$nic"
	fi
}

# fixed_routes: through $nic_gateways, each of which counts only beside an address
# of its family.
fixed_routes() {
	for gateway in $nic_gateways; do
		case $gateway in
		*:*) [ -n "$nic_fixed6" ] || continue ;;
		*) [ -n "$nic_fixed4" ] || continue ;;
		esac
		if [ "$nic_metric" = 0 ]; then
			add_route "$nic" default "$gateway"
		else
			add_route "$nic" default "$gateway" "$nic_metric"
		fi 2>/dev/null || say "$nic has no way to the gateway $gateway"
	done
}
