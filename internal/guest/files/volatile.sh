# /tmp and /run: how large they may become in memory, or whether they are on disk.
# This is decided before `plan` runs, which writes to /run.
# shellcheck shell=sh
# shellcheck disable=SC2086 # $bb is one word
# shellcheck disable=SC3045 # busybox has read -d

# place NAME FILE PART: sets $ret_place to "disk", or to a size for mount. The instance
# says it (LXDOCKER_NAME), or the spec, or the image (FILE); "memory" is one PARTth of
# what the instance may use: without a bound, a full /tmp would end the instance.
place() {
	wanted=LXDOCKER_$1 part=$3
	datum "$image/$2"
	ret_place=$ret_value
	for source in /proc/1/environ "$image/settings"; do
		text=
		while IFS= read -r -d '' entry; do
			case $entry in "$wanted="*) text=${entry#*=} ;; esac
		done <"$source"
		[ -n "$text" ] || continue
		if is_place "$text"; then
			ret_place=$text
			break
		fi
		say "$wanted: '$text' is not disk, memory or a size of at least 1m: the image's own is taken"
	done
	if [ "$ret_place" = memory ]; then
		if [ "$memory" = 0 ]; then
			find_memory
			memory=$ret_memory
		fi
		ret_place=$((memory / part))k
	fi
}
memory=0

# is_place TEXT: disk, memory, or a size that our own files have room in?
is_place() {
	unit=1
	case $1 in
	disk | memory) return 0 ;;
	*[kK]) unit=1024 ;;
	*[mM]) unit=1048576 ;;
	*[gG]) unit=1073741824 ;;
	esac
	set -- "${1%[kKmMgG]}"
	case $1 in '' | 0* | *[!0-9]* | ?????????????*) return 1 ;; esac
	[ $(($1 * unit)) -ge 1048576 ]
}

# find_memory: sets $ret_memory to how many KiB the instance may use.
find_memory() {
	while read -r key ret_memory _; do
		[ "$key" != MemTotal: ] || break
	done </proc/meminfo
	ret_limit=
	if ! read_limit "$cgroups" && mount_memory 2>/dev/null; then
		read_limit "$lx/mnt"
		$bb umount -n "$lx/mnt"
	fi
	case $ret_limit in '' | *[!0-9]*) return ;; esac # version 2 has a word for no limit
	[ $((ret_limit / 1024)) -ge "$ret_memory" ] || ret_memory=$((ret_limit / 1024))
}

# read_limit DIR: sets $ret_limit to what the control group that DIR shows may use.
read_limit() {
	for file in "$1/memory.max" "$1/memory/memory.limit_in_bytes" "$1/memory.limit_in_bytes"; do
		[ ! -r "$file" ] || { read -r ret_limit <"$file" && return 0; }
	done
	return 1
}

# mount_memory: shows the own control group at $lx/mnt, of whichever version has the
# memory.
mount_memory() {
	version=2
	while IFS=: read -r _ controllers _; do
		case ,$controllers, in *,memory,*) version=1 ;; esac
	done </proc/self/cgroup
	case $version in
	1) $bb mount -n -t cgroup -o memory cgroup "$lx/mnt" ;;
	2) $bb mount -n -t cgroup2 cgroup2 "$lx/mnt" ;;
	esac
}
