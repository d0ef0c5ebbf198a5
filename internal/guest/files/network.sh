# The network, as far as LXD and Incus leave it to init.
# shellcheck shell=sh
# shellcheck disable=SC2154,SC2034 # variables of lib.sh and start

# network ENTRY...: brings it up. The entries are the environment, for the
# knobs of the DHCP script. Never takes longer than about 10 seconds.
network() {
	write_sysctl net/ipv4/ip_forward 0
	write_sysctl net/ipv6/conf/all/forwarding 0
	# As Docker: no port is privileged, and everybody may ping.
	write_sysctl net/ipv4/ip_unprivileged_port_start 0
	largest_group
	write_sysctl net/ipv4/ping_group_range "0 $largest"

	$bb ip link set lo up
	[ -d /proc/sys/net/ipv4/conf/eth0 ] || return 0
	$bb ip link set eth0 up
	dhcp "$@"
	case $($bb ip -4 addr show dev eth0) in
	*inet*) ;;
	*) say "eth0 has no address yet: the application starts without, DHCP goes on" ;;
	esac
}

# write_sysctl NAME VALUE: where the host does not allow it, it stays as it is.
write_sysctl() {
	{ echo "$2" >"/proc/sys/$1"; } 2>/dev/null
}

# largest_group: sets $largest to the largest group that this user namespace
# has; the kernel refuses a ping_group_range beyond it.
largest_group() {
	largest=0
	while read -r first _ count; do
		last=$((first + count - 1))
		[ "$last" -gt "$largest" ] && largest=$last
	done </proc/self/gid_map
	[ "$largest" -le 2147483647 ] || largest=2147483647
}

# dhcp ENTRY...: asks for an address on eth0 and goes on renewing it. udhcpc
# goes to the background once it has one, or after 3 × 3 seconds: some servers
# take 3 to see whether an address is free. Of the environment it gets the knobs
# only; other names could be taken for parts of a lease.
dhcp() {
	knobs=
	for knob in LXDOCKER_UDHCPC_NOPREFIXROUTE UDHCPC_NO_DEFAULT_ROUTE UDHCPC_NO_DNS; do
		lookup "$knob" "$@"
		[ -z "$value" ] || knobs="$knobs $knob=1"
	done
	# shellcheck disable=SC2086 # the words in $knobs are ours
	$bb env -i $knobs $bb udhcpc -b -i eth0 -t 3 -T 3 -A 10 -p "$state/udhcpc.pid" -O search -O staticroutes \
		-s /lxd-udhcpc-default.script -x "hostname:$hostname" >"$state/dhcp.log" 2>&1 &
	wait $! # so, and not in the foreground, PID 1 can be stopped meanwhile
}
