# The network, as far as LXD and Incus leave it to init.
# shellcheck shell=sh
# shellcheck disable=SC2154,SC2034 # variables of lib.sh and start

# network ENTRY...: brings it up. The entries are the environment, for the
# knobs of the DHCP script. Returns when the first interface has an address, or
# when the application shall wait no longer; `netwatch` goes on behind it.
network() {
	write_sysctl net/ipv4/ip_forward 0
	write_sysctl net/ipv6/conf/all/forwarding 0
	# As Docker: no port is privileged, and everybody may ping.
	write_sysctl net/ipv4/ip_unprivileged_port_start 0
	largest_group
	write_sysctl net/ipv4/ping_group_range "0 $largest"

	flags=0
	[ ! -r /sys/class/net/lo/flags ] || read -r flags </sys/class/net/lo/flags
	[ $((flags & 1)) = 1 ] || $bb ip link set lo up # liblxc does it beside a NIC only

	knobs=
	for knob in LXDOCKER_UDHCPC_NOPREFIXROUTE UDHCPC_NO_DEFAULT_ROUTE UDHCPC_NO_DNS; do
		lookup "$knob" "$@"
		[ -z "$value" ] || knobs="$knobs $knob=1"
	done
	# Of the environment it gets the knobs only: udhcpc hands all it has to its
	# script, where other names could be taken for parts of a lease. In a session
	# of its own it hears no signals that are for the application's.
	# shellcheck disable=SC2086 # the words in $knobs are ours
	$bb env -i $knobs "NIC_HOST=$hostname" $bb setsid $bb sh "$lx/netwatch" </dev/null >/dev/null 3<&- 4<&- 5<&- 6<&- 7<&- 8<&- 9<&- &
	wait $! # so, and not in the foreground, PID 1 can be stopped meanwhile
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
