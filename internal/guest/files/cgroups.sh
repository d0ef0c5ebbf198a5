# /sys/fs/cgroup: without it, a JVM, Node and Go see the memory and the processors of
# the host, and not the limits of the instance. LXD and Incus 6 leave it to init.
# shellcheck shell=sh
# shellcheck disable=SC2086 # $bb is one word

cgroups=/sys/fs/cgroup

# mount_cgroups: mounts the controllers that the host has, where Docker does, and as
# it does for reading only: those of version 1 each in a folder, version 2 at the
# top, or beside the others on a host that has both. An instance with
# security.nesting, which LXD and Incus give a /dev/.lxc, may write, since what it
# nests has to.
mount_cgroups() {
	[ -d "$cgroups" ] && ! mounted "$cgroups" || return 0
	access=ro
	[ ! -e /dev/.lxc/proc ] || access=rw
	hierarchies=
	while IFS=: read -r _ controllers _; do
		hierarchies="$hierarchies ${controllers:-unified}"
	done </proc/self/cgroup
	case $hierarchies in
	'') ;;
	' unified') mount_cgroup cgroup2 "$cgroups" ;;
	*)
		$bb mount -n -t tmpfs -o mode=755,size=64k,nosuid,nodev,noexec tmpfs "$cgroups" || return 0
		for controllers in $hierarchies; do
			mount_hierarchy "$controllers"
		done
		$bb mount -n -o "remount,bind,$access,nosuid,nodev,noexec" "$cgroups"
		;;
	esac
} 2>/dev/null

# mount_hierarchy CONTROLLERS: as they are called in /proc/self/cgroup. Where
# several are one hierarchy (cpu,cpuacct), each is found by its own name as well.
mount_hierarchy() {
	folder=$cgroups/${1#name=}
	$bb mkdir "$folder"
	if [ "$1" = unified ]; then
		mount_cgroup cgroup2 "$folder"
	else
		mount_cgroup cgroup "$folder" "$1,"
	fi || { $bb rmdir "$folder" && return; }
	case $1 in *,*) ;; *) return ;; esac
	IFS=,
	for controller in $1; do
		$bb ln -s "$1" "$cgroups/$controller"
	done
	IFS=" $tab$newline"
}

# mount_cgroup TYPE DIR [OPTIONS]: the remount makes this mount read-only, where the
# option of the first would make the file system so, also for others.
mount_cgroup() {
	$bb mount -n -t "$1" -o "$3nosuid,nodev,noexec" "$1" "$2" || return
	$bb mount -n -o "remount,bind,$access,nosuid,nodev,noexec" "$2"
	return 0
}
