# Disk devices at the image's VOLUMEs: an empty one is filled, as Docker does.
# shellcheck shell=sh
# shellcheck disable=SC2086 # $bb is one word
# shellcheck disable=SC2154 # variables of lib.sh
# shellcheck disable=SC3045 # busybox has read -d

# fill_volumes: whatever is mounted over a volume of the image gets what the
# image has there, and its owner and mode, if there is nothing in it yet.
fill_volumes() {
	[ -s "$plan/volumes" ] || return 0
	while IFS= read -r -d '' volume; do
		# Where it is, if the way there leads through a symlink.
		volume=$($bb readlink -f "$volume") || continue
		find_mount "$volume" || continue
		$bb grep -qsxF "$source $volume" "$lx/filled" && continue
		if empty "$volume"; then
			fill_volume "$volume" || say "$volume, which is empty, could not be filled from the image"
		fi
		printf '%s\n' "$source $volume" >>"$lx/filled"
	done <"$plan/volumes"
}

# find_mount PATH: is there a mount at PATH? $source then says of what: an
# instance that gets another disk one day has that filled, too.
find_mount() {
	source=
	while read -r _ _ _ root point rest; do
		point=$(printf '%b.' "$point") # a blank is \040 here
		[ "${point%.}" = "$1" ] || continue
		rest=${rest#* - } # the type of the file system, its device, options
		rest=${rest#* }
		source="${rest%% *} $root"
	done </proc/self/mountinfo
	[ -n "$source" ]
}

# empty DIR: nothing in it, but for what mkfs makes?
empty() {
	[ -d "$1" ] && [ -z "$($bb ls -A "$1" | $bb grep -vx lost+found)" ]
}

# fill_volume DIR: copies what the mount hides. A bind mount of the root shows
# that: it has none of the mounts below.
fill_volume() {
	$bb mount -n -o bind / "$lx/below" || return
	$bb cp -a "$lx/below$1/." "$1/"
	copied=$?
	$bb umount -n -l "$lx/below"
	return $copied
}
