# The network, as far as LXD and Incus leave it to init.
# shellcheck shell=sh
# shellcheck disable=SC3045 # busybox has read -d

# network: brings it up. Returns when the first interface has an address, or when
# the application is not to wait any longer; `netwatch` goes on in the background.
network() {
	write_sysctl net/ipv4/ip_forward 0
	write_sysctl net/ipv6/conf/all/forwarding 0
	# As in Docker: no port is privileged, and everybody may ping.
	write_sysctl net/ipv4/ip_unprivileged_port_start 0
	largest_group
	write_sysctl net/ipv4/ping_group_range "0 $ret_group"
	link_up lo # liblxc does it only if there is a NIC

	switches=
	while IFS= read -r -d '' entry; do
		case $entry in
		LXDOCKER_UDHCPC_NOPREFIXROUTE=?* | UDHCPC_NO_DEFAULT_ROUTE=?* | UDHCPC_NO_DNS=?*) switches="$switches ${entry%%=*}=1" ;;
		esac
	done <"$plan/settings"
	# Of the environment, netwatch gets only the switches: udhcpc hands all it has
	# to its script, where other names could be taken for parts of a lease. In a
	# session of its own, it gets no signals that are meant for the application.
	# shellcheck disable=SC2086 # the words in $switches are ours
	$bb env -i $switches "NIC_HOST=$hostname" $bb setsid $bb sh "$lx/netwatch" </dev/null >/dev/null 3<&- 4<&- 5<&- 6<&- 7<&- 8<&- 9<&- &
	wait $! # with `wait`, not in the foreground: so PID 1 can be stopped meanwhile
}

# largest_group: sets $ret_group to the largest group that this user namespace
# has; the kernel refuses a ping_group_range beyond it.
largest_group() {
	ret_group=0
	while read -r first _ count; do
		last=$((first + count - 1))
		[ "$last" -gt "$ret_group" ] && ret_group=$last
	done </proc/self/gid_map
	[ "$ret_group" -le 2147483647 ] || ret_group=2147483647
}
