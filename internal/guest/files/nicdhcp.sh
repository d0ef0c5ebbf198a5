# DHCP on an interface.
# shellcheck shell=sh
# shellcheck disable=SC2086 # $bb is one word

# detached COMMAND...: runs one that starts a program for ever. Once nobody waits
# for this script any more, that program must be nobody's child, so that PID 1
# reaps it.
detached() {
	if [ -n "$started" ]; then
		("$@")
	else
		"$@"
	fi
}

# udhcpc [OPTION...]: asks for an address for $nic until it has one, and renews
# it. 3 × 3 seconds: some servers take 3 to find out whether an address is free.
udhcpc() {
	NIC_METRIC=$nic_metric NIC_DNS=$nic_dns NIC_SEARCH=$nic_search \
		$bb udhcpc -f -i "$nic" -t 3 -T 3 -A 10 -O search -O staticroutes -O mtu "$@" \
		-s /lxd-udhcpc-default.script -x "hostname:$NIC_HOST" </dev/null >>"$state/dhcp.log" 2>&1 5<&- &
	remember "$!" "$state/net.$nic.pid"
}

# udhcpc6: asks for name servers only; addresses come by router advertisement.
# The busybox of Debian 12 does not have it, that of Debian 13 does.
udhcpc6() {
	NIC_FAMILY=6 NIC_DNS=$nic_dns NIC_SEARCH=$nic_search \
		$bb udhcpc6 -f -l -i "$nic" -O dns -O search \
		-s /lxd-udhcpc-default.script </dev/null >/dev/null 2>&1 5<&- &
	remember "$!" "$state/net.$nic.dhcpv6-pid"
}

# start_again NIC: starts another udhcpc, which keeps the lease if it can.
start_again() {
	nic=$1
	configure
	if [ -s "$state/net.$nic.lease" ]; then
		read -r lease <"$state/net.$nic.lease"
		: >"$state/net.$nic.keep-lease"
		detached udhcpc -r "${lease%/*}"
	else
		detached udhcpc
	fi
}

# remember PID FILE: writes down which process that is, by its id and the time of
# its start, which no two processes share. (Its command line would not tell: while
# it executes its program, that is empty, or the end of one and the start of another.)
remember() {
	start_time "$1"
	echo "$1 $ret_time" >"$2"
}

# is_running FILE: has the process that was written down there not ended? The id may
# be another process's by now. Sets $ret_pid.
is_running() {
	[ -s "$1" ] && read -r ret_pid since <"$1" || return 1
	start_time "$ret_pid"
	[ -n "$ret_time" ] && [ "$ret_time" = "$since" ]
}
