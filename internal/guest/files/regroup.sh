# How a script gets the groups of the application (see groups.sh).
# shellcheck shell=sh
# shellcheck disable=SC2086 # $bb is one word

# regroup SCRIPT [ARGUMENT...]: becomes the script, which runs already, once more,
# still as root, but with the groups in $state/groups. Returns when that has been
# done, or if there are none; $regrouped, in the environment, is the process id if
# there are.
regroup() {
	read -r groups <"$state/groups"
	[ -n "$groups" ] && [ "$regrouped" != $$ ] || return 0
	if ! $bb unshare -m $bb true 2>/dev/null; then
		say "the application does not get the groups $groups: the host does not allow what it takes"
		return 0
	fi
	export regrouped=$$
	exec 6</proc/self/ns/mnt
	exec $bb unshare -m $bb sh "$lx/regroup" "$@"
}
