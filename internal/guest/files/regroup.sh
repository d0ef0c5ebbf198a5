# How a script gets the groups of the application (LXDOCKER_GROUPS).
# shellcheck shell=sh
# shellcheck disable=SC2086 # $bb is one word

# regroup SCRIPT [ARGUMENT...]: becomes the script, which runs already, once more,
# still as root, but with the groups in $state/groups. Returns when that has been
# done; $regrouped, in the environment, is the process id then.
regroup() {
	[ -s "$state/groups" ] && [ "$regrouped" != $$ ] || return 0
	if ! $bb unshare -m $bb true 2>/dev/null; then
		say "LXDOCKER_GROUPS: the host does not allow what it takes to set groups"
		return 0
	fi
	export regrouped=$$
	exec 6</proc/self/ns/mnt
	exec $bb unshare -m $bb sh "$lx/regroup" "$@"
}
