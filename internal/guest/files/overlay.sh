# /tmp and /run of images that have much there: rests of a build, mostly. Copied into
# a tmpfs, they would take memory at each start that the application lacks then.
# shellcheck shell=sh
# shellcheck disable=SC2016 # awk expands, and the inner shell
# shellcheck disable=SC2086 # $bb is one word

# is_large NAME DIR: is more in it, without mounts below, than is to be copied? Sets
# $ret_bytes, and $ret_large to the same for people. What the image has there is known;
# it is looked for only where the instance has had the directory on disk: to count
# anything can take more memory than there is.
is_large() {
	datum "$image/$1_has"
	if [ -e "$lx/kept-$1" ]; then
		ret_value=$($bb find "$2" -xdev -mindepth 1 -exec $bb stat -c '%s %F' {} + 2>/dev/null | $bb awk '
			/ regular/ { sum += $1 } END { printf "%d %.0f", NR, sum }')
	fi
	ret_bytes=${ret_value#* } names=${ret_value% *}
	ret_large="$((ret_bytes / 1048576)) MiB under $names names"
	[ "$names" -gt 2000 ] || [ "$ret_bytes" -gt 4194304 ]
}

# mount_overlay: makes $dir, the working directory, an overlay: what the image has
# there stays where it is, what is written goes to memory. False if that cannot be.
mount_overlay() {
	below=$lx/below
	$bb mount -n -t tmpfs -o "$options" tmpfs "$below" || return
	overlay_works && overlay "$dir" "$dir"
	failed=$?
	[ "$failed" != 0 ] || keep_mounts
	$bb mount -n --make-private "$below"
	$bb umount -n -l "$below"
	return $failed
} 2>/dev/null

# overlay DIR AT: mounts an overlay of DIR at AT. Its top is like DIR.
overlay() {
	$bb rm -rf "$below/upper" "$below/work"
	$bb mkdir "$below/upper" "$below/work" &&
		$bb chown "$($bb stat -c %u:%g "$1")" "$below/upper" &&
		$bb chmod "$($bb stat -c %a "$1")" "$below/upper" || return
	# In a user namespace, notes on deleted names have to be user.* attributes, which
	# a tmpfs has from Linux 6.6 on.
	for more in ,userxattr ''; do
		! $bb mount -n -t overlay -o "nosuid,nodev$more,lowerdir=$1,upperdir=$below/upper,workdir=$below/work" overlay "$2" || return 0
	done
	return 1
}

# overlay_works: can a directory be deleted and made again? Not where the notes
# cannot be written.
overlay_works() {
	$bb mkdir -p "$below/try/lower/dir" "$below/try/at" &&
		overlay "$below/try/lower" "$below/try/at" || return
	$bb rmdir "$below/try/at/dir" && $bb mkdir "$below/try/at/dir"
	works=$?
	$bb umount -n "$below/try/at"
	return $works
}

# keep_holes DIR: of each file that has nothing but zeros, the zeros become a hole
# again. (cp of busybox fills holes.)
keep_holes() {
	$bb find "$1" -xdev -type f -size +127 -exec $bb sh -c '
		for file; do
			size=$(/busybox-lxd stat -c %s "$file")
			[ "$(/busybox-lxd tr -d "\\0" <"$file" | /busybox-lxd head -c 1 | /busybox-lxd wc -c)" = 0 ] || continue
			/busybox-lxd touch -r "$file" "$file.time" &&
				: >"$file" && /busybox-lxd truncate -s "$size" "$file" && /busybox-lxd touch -r "$file.time" "$file"
			/busybox-lxd rm -f "$file.time"
		done' keep_holes {} + 2>/dev/null
}
