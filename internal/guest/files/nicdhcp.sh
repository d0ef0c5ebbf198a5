# DHCP on an interface.
# shellcheck shell=sh
# shellcheck disable=SC2154,SC2034 # variables of lib.sh, netplan.sh, netwatch and each other
# shellcheck disable=SC3045 # busybox has read -d

# orphaned COMMAND...: one that starts a program for ever. Once nobody waits for
# this script any more, the program has to be nobody's child, so that PID 1
# buries it.
orphaned() {
	if [ -n "$settled" ]; then
		("$@")
	else
		"$@"
	fi
}

# udhcpc [OPTION...]: asks for an address for $nic until it has one, and renews
# it. 3 × 3 seconds: some servers take 3 to see whether an address is free.
udhcpc() {
	NIC_METRIC=$metric NIC_DNS=$own_dns NIC_SEARCH=$own_search \
		$bb udhcpc -f -i "$nic" -t 3 -T 3 -A 10 -O search -O staticroutes "$@" \
		-s /lxd-udhcpc-default.script -x "hostname:$NIC_HOST" </dev/null >>"$state/dhcp.log" 2>&1 5<&- &
	echo "$!" >"$state/net.$nic.pid"
}

# udhcpc6: asks for the name servers only; addresses come by the advertisements
# of routers. The busybox of Debian 12 does not have it, that of Debian 13 does.
udhcpc6() {
	NIC_FAMILY=6 NIC_DNS=$own_dns NIC_SEARCH=$own_search \
		$bb udhcpc6 -f -l -i "$nic" -O dns -O search \
		-s /lxd-udhcpc-default.script </dev/null >/dev/null 2>&1 5<&- &
	echo "$!" >"$state/net.$nic.pid6"
}

# start_again NIC: its udhcpc has been ended. It keeps the lease if it can.
start_again() {
	nic=$1
	rank "$nic"
	wishes_for "$nic"
	sort_words
	if [ -s "$state/net.$nic.lease" ]; then
		read -r lease <"$state/net.$nic.lease"
		: >"$state/net.$nic.again"
		orphaned udhcpc -r "${lease%/*}"
	else
		orphaned udhcpc
	fi
}

# runs FILE APPLET: does the process whose id is in the file run this applet, or
# will it soon? The id may be somebody else's by now. Sets $pid.
runs() {
	[ -s "$1" ] && read -r pid <"$1" || return 1
	applet='' script=''
	{
		IFS= read -r -d '' _
		IFS= read -r -d '' applet
		IFS= read -r -d '' script
	} 2>/dev/null <"/proc/$pid/cmdline"
	case $applet:$script in "$2:"* | "sh:$lx/netwatch") return 0 ;; esac
	return 1
}
