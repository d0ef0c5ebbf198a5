# Disk devices at the image's VOLUMEs: an empty one is filled, as Docker does.
# shellcheck shell=sh
# shellcheck disable=SC2086 # $bb is one word
# shellcheck disable=SC3045 # busybox has read -d

# fill_volumes: whatever is mounted over a volume of the image gets what the
# image has there, with its owner and mode, if it is empty and was never filled.
fill_volumes() {
	[ -s "$plan/volumes" ] || return 0
	while IFS= read -r -d '' volume; do
		# Where it is, if the way there leads through a symlink.
		volume=$($bb readlink -f "$volume") || continue
		find_mount "$volume" || continue
		$bb grep -qsxF "$ret_source $volume" "$lx/filled" && continue
		if empty "$volume"; then
			fill_volume "$volume" || say "$volume, which is empty, could not be filled from the image"
		fi
		printf '%s\n' "$ret_source $volume" >>"$lx/filled"
	done <"$plan/volumes"
}

# find_mount PATH: is there a mount at PATH? Sets $ret_source to what is mounted:
# an instance that gets another disk one day has that one filled, too.
find_mount() {
	ret_source=
	while read -r _ _ _ root point more; do
		unescape "$point"
		[ "$ret_value" = "$1" ] || continue
		more=${more#* - } # the type of the file system, its device, options
		more=${more#* }
		ret_source="${more%% *} $root"
	done </proc/self/mountinfo
	[ -n "$ret_source" ]
}

# empty DIR: is nothing in it, except for what mkfs makes?
empty() {
	[ -d "$1" ] && [ -z "$($bb ls -A "$1" | $bb grep -vx lost+found)" ]
}

# fill_volume DIR: copies what the mount hides. A bind mount of the root shows
# it, because it has none of the mounts below. What is a link there is none of the
# image's folders: the application may have put it there, before there was a disk.
fill_volume() {
	$bb mount -n -o bind / "$lx/below" || return
	[ "$($bb readlink -f "$lx/below$1")" = "$lx/below$1" ] && $bb cp -a "$lx/below$1/." "$1/"
	copied=$?
	$bb umount -n -l "$lx/below"
	return $copied
}
