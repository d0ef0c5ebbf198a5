# Init systems that images have as their entrypoint.
# shellcheck shell=sh
# shellcheck disable=SC2086 # $bb is one word

# is_init_system PROGRAM: does this entrypoint refuse to work unless it is PID 1?
# Its name alone does not tell: many an image calls a plain script /init.
is_init_system() {
	case $1 in
	/init | /s6-init) has_s6 ;;
	/sbin/init | /usr/sbin/init) [ -e /lxd-realinit ] ;;
	/lib/systemd/systemd | /usr/lib/systemd/systemd | /sbin/openrc-init) [ -e "$1" ] ;;
	*) return 1 ;;
	esac
}

# prepare_init_system: gives an init system what it needs to understand the
# signal that LXD and Incus send for "stop". systemd, s6-overlay 3 and busybox
# need nothing.
prepare_init_system() {
	# systemd and OpenRC mount the control groups themselves, and cannot work with
	# what they may not write to. s6 and its like do not know of them.
	datum "$plan/argv"
	case $ret_value in
	/init | /s6-init) ;;
	*) : >"$plan/own_cgroups" ;;
	esac
	# In s6-overlay 2, s6-svscan runs a file of that name if there is one; TERM is
	# what ends it.
	scan=/etc/s6/services/.s6-svscan
	if [ -d "$scan" ] && [ ! -e "$scan/SIGPWR" ]; then
		printf '#!/busybox-lxd sh\nkill -TERM 1\n' >"$scan/SIGPWR" && $bb chmod 755 "$scan/SIGPWR"
	fi
	# sysvinit looks into its inittab. Only sysvinit's has an initdefault line.
	if $bb grep -qs '^[^#]*:initdefault:' /etc/inittab && ! power_line_works; then
		{ $bb grep -v '^[^#]*:power' /etc/inittab && echo 'pf::powerwait:/sbin/init -t1 0'; } >"$state/inittab" &&
			$bb mount -n -o bind "$state/inittab" /etc/inittab
	fi
}

# power_line_works: does the program exist that the inittab runs for SIGPWR?
# Debian's inittab names one that nothing installs.
power_line_works() {
	while IFS=: read -r id _ action command; do
		case $id:$action in
		'#'*) ;;
		*:powerwait | *:powerfail)
			[ -x "${command%%["$tab "]*}" ]
			return
			;;
		esac
	done </etc/inittab
	return 1
}

# has_s6: is there s6-overlay, version 3 or older, or s6 as distributions have it?
has_s6() {
	for file in /package/admin/s6-overlay /command/s6-svscan /etc/s6-overlay /etc/s6/init/init-stage1 /bin/s6-svscan /usr/bin/s6-svscan; do
		[ ! -e "$file" ] || return 0
	done
	return 1
}
