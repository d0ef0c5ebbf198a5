# Mounts that Docker's containers have, or that LXD leaves to init.
#
# State: $mounts, the mount points that there are, one a line.
# shellcheck shell=sh
# shellcheck disable=SC2046,SC2086 # $bb is one word

# find_mounts: fills $mounts. The file is long, and a shell reads byte by byte: a
# process is faster, but one is enough.
find_mounts() {
	mounts=$newline$($bb cut -d ' ' -f 5 /proc/self/mountinfo)$newline
}

# mount_shm SIZE: mounts /dev/shm, and the file system of POSIX message queues,
# where they are missing. In an application container, Incus has mounted /dev/shm
# already, from "none", as the image's config.json says; then only the size may
# have to change.
mount_shm() {
	options=size=$1,nosuid,nodev,noexec
	datum "$image/shm_size"
	if [ ! -d /dev/shm ] || [ ! -d /dev/mqueue ]; then
		$bb mkdir -p /dev/shm /dev/mqueue
	fi
	if ! mounted /dev/shm; then
		$bb mount -n -t tmpfs -o "mode=1777,$options" shm /dev/shm || say "no /dev/shm"
	elif [ "$1" != "$ret_value" ] && $bb grep -q ' / /dev/shm .* - tmpfs none ' /proc/self/mountinfo; then
		$bb mount -n -o "remount,$options" shm /dev/shm || say "LXDOCKER_SHM_SIZE: /dev/shm stays as large as it is"
	fi
	if ! mounted /dev/mqueue; then
		$bb mount -n -t mqueue -o nosuid,nodev,noexec mqueue /dev/mqueue 2>/dev/null || $bb rmdir /dev/mqueue
	fi
}

# mount_state: makes $state, a tmpfs of its own: when the application has filled
# /run, or used up its inodes, a stop must still find its way.
mount_state() {
	if [ -e "$state" ] || [ -L "$state" ]; then
		$bb rm -rf "$state"
	fi
	$bb mkdir -p "$state"
	$bb mount -n -t tmpfs -o size=8m,mode=755,nosuid,nodev,noexec lxdocker "$state" 2>/dev/null
	$bb mkdir -m 755 "$state/fd"
}

# mount_tmpfs DIR SIZE: turns DIR into a tmpfs with the content that the image has
# there: modes, owners and links included. Programs may be executed in it (s6 does
# that). A mount that the instance has at DIR, or below (a disk device, a socket),
# stays. What is large is not copied: see overlay.sh. SIZE "disk" leaves DIR as it is.
#
# The directory that a mount hides, and what is mounted below it, is reached as the
# working directory.
mount_tmpfs() {
	dir=$1
	[ ! -L "$1" ] || dir=$($bb readlink -f "$1") || dir=$1 # in old images, /run may be a symlink to /var/run
	if [ "$2" = disk ] || mounted "$dir"; then
		{ printf "" >"$lx/kept-${1#/}"; } 2>/dev/null # not ":", whose shell ends if it may not
		return
	fi
	options=size=$2,nosuid,nodev
	[ -d "$dir" ] || $bb mkdir -p "$dir"
	if ! cd "$dir"; then
		say "no tmpfs on $1: it stays as the image has it"
	elif is_large "${1#/}" "$dir"; then
		mount_overlay ||
			say "$1 stays on disk, where nothing empties it: the image has $ret_large there, and this host has no overlay for the instance"
	else
		mount_copy || say "no tmpfs on $1: it stays as the image has it"
		[ "$ret_from" = . ] || $bb umount -n "$ret_from"
	fi
	mounts=$mounts$dir$newline
	cd /
}

# mount_copy: mounts a tmpfs at $dir, the working directory, and copies the content.
# Sets $ret_from to where that could be read.
mount_copy() {
	ret_from=.
	if mounted_below "$dir"; then
		# A bind mount shows a directory without the mounts in it. It has to be private,
		# or the tmpfs would be mounted there, too: LXC's root is a shared mount.
		$bb mount -n -o bind "$dir" "$lx/below" || return
		ret_from=$lx/below
		$bb mount -n --make-private "$ret_from"
	fi
	$bb mount -n -t tmpfs -o "$options" tmpfs "$dir" || return
	$bb cp -a "$ret_from/." "$dir/" || say "not all that the image has in $dir could be kept"
	[ "$ret_bytes" -lt 65536 ] || keep_holes "$dir"
	[ "$ret_from" = . ] || keep_mounts
}

# keep_mounts: shows each mount that was below $dir, with those below it, where it was.
keep_mounts() {
	set -f
	IFS=$newline
	for point in $mounts; do
		case $point in "$dir"/*) ;; *) continue ;; esac
		unescape "$point"
		point=$ret_value
		for above; do
			case $point in "$above" | "$above"/*) continue 2 ;; esac
		done
		set -- "$@" "$point"
	done
	IFS=" $tab$newline"
	set +f
	for point; do
		$bb mount -n -o rbind ".${point#"$dir"}" "$point" || say "$point is hidden by a tmpfs"
	done
}

# mounted PATH: is PATH a mount point?
mounted() {
	case $mounts in *"$newline$1$newline"*) return 0 ;; esac
	return 1
}

# mounted_below PATH: is there a mount point below PATH?
mounted_below() {
	case $mounts in *"$newline$1/"*) return 0 ;; esac
	return 1
}
