# Mounts that Docker's containers have, or that LXD leaves to init.
# shellcheck shell=sh
# shellcheck disable=SC2154,SC2034 # variables of lib.sh and start

# mount_all: /dev/shm, /run and /tmp.
mount_all() {
	if ! mounted /dev/shm; then
		$bb mkdir -p /dev/shm
		$bb mount -n -t tmpfs -o mode=1777,size=64m,nosuid,nodev,noexec shm /dev/shm || say "no /dev/shm"
	fi
	fresh /run
	fresh /tmp
}

# fresh DIR: DIR becomes a tmpfs that holds what the image has in it, with
# modes, owners and links. Programs may be executed there (s6 does). A mount
# that the instance has there, or below (a disk device, a socket), stays.
fresh() {
	# /run may be a symlink to /var/run, in old images.
	dir=$($bb readlink -f "$1") || dir=$1
	mounted "$dir" && return
	if ! $bb mkdir -p "$dir" || ! $bb mount -n -t tmpfs -o nosuid,nodev tmpfs "$lx/mnt"; then
		say "no tmpfs on $1: it stays as the image has it"
		return
	fi
	from=$dir
	if mounted_below "$dir"; then
		from=$lx/below # a bind mount shows the directory without the mounts in it
		if ! $bb mount -n -o bind "$dir" "$from"; then
			say "no tmpfs on $1: something is mounted below it"
			$bb umount -n "$lx/mnt"
			return
		fi
	fi
	$bb cp -a "$from/." "$lx/mnt/" || say "not all that the image has in $1 could be kept"
	if [ "$from" != "$dir" ]; then
		keep_mounts
		$bb umount -n "$from"
	fi
	$bb mount -n -o move "$lx/mnt" "$dir"
}

# keep_mounts: shows the mounts below $dir at the same place of the new tmpfs.
# Their mount points are there: they were copied.
keep_mounts() {
	while read -r _ _ _ _ point _; do
		point=$(printf '%b.' "$point") # a blank is \040 here
		point=${point%.}
		case $point in
		"$dir"/*) $bb mount -n -o bind "$point" "$lx/mnt${point#"$dir"}" ;;
		esac
	done </proc/self/mountinfo
}

# mounted PATH: is PATH a mount point?
mounted() {
	while read -r _ _ _ _ point _; do
		[ "$point" = "$1" ] && return 0
	done </proc/self/mountinfo
	return 1
}

# mounted_below PATH: is there a mount point below PATH?
mounted_below() {
	while read -r _ _ _ _ point _; do
		case $point in "$1"/*) return 0 ;; esac
	done </proc/self/mountinfo
	return 1
}
