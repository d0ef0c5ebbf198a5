# What has to be done once before the application starts.
# shellcheck shell=sh
# shellcheck disable=SC2086 # $bb is one word

# shellcheck source=network.sh
. /.lxdocker/network.sh
# shellcheck source=volumes.sh
. /.lxdocker/volumes.sh

# ready ENTRY...: the network, the volumes, the image's own init, and the
# prelaunch script. The entries are the environment.
ready() {
	fill_volumes
	IFS= read -r hostname </proc/sys/kernel/hostname
	network

	# The image may start the init that it came with, under its usual name.
	if [ -f /lxd-realinit ]; then
		$bb mount -n -o bind /lxd-realinit /sbin/init || say "/sbin/init is not the image's own"
	fi
	if [ -s /lxd-prelaunch ]; then
		prelaunch "$@"
	fi
}

# prelaunch ENTRY...: runs the script. A stop of the instance is a SIGTERM for it. A
# shell that traces (set -x) would expand, and so execute, what an image has in PS4.
prelaunch() {
	# shellcheck disable=SC2016 # the inner shell expands
	$bb env -i HOME=/root "$@" $bb sh -c 'unset PS4; echo "$$ 15" >"$0"; exec /busybox-lxd sh /lxd-prelaunch' "$state/app-pid" ||
		say "/lxd-prelaunch ended with $?"
	$bb rm -f "$state/app-pid" "$state/stop-sent"
	[ ! -e "$state/stop-requested" ] || exit 0
}
