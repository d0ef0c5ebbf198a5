# Init systems that images bring as their entrypoint.
# shellcheck shell=sh
# shellcheck disable=SC2154 # variables of lib.sh

# own_init PROGRAM: does this entrypoint refuse to work unless it is PID 1? Its
# name alone does not tell: many an image calls a plain script /init.
own_init() {
	case $1 in
	/init | /s6-init) s6_there ;;
	/sbin/init | /usr/sbin/init) [ -e /lxd-realinit ] ;;
	/lib/systemd/systemd | /usr/lib/systemd/systemd) [ -e "$1" ] ;;
	*) return 1 ;;
	esac
}

# s6_there: s6-overlay, version 3 or older, or s6 as distributions have it.
s6_there() {
	for file in /command/s6-svscan /package/admin/s6-overlay /etc/s6-overlay /bin/s6-svscan /usr/bin/s6-svscan; do
		[ ! -e "$file" ] || return 0
	done
	return 1
}
