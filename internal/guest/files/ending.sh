# What the console says about an end that nobody wanted.
#
# State: $ran_before, "yes" if the application has run in this instance before.
# shellcheck shell=sh
# shellcheck disable=SC2016 # awk expands
# shellcheck disable=SC2086 # $bb is one word

# count_oom: sets $ret_count to how many processes of this instance the kernel has
# killed because its memory was used up. 0 where that cannot be seen.
count_oom() {
	ret_count=0
	for file in /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control; do
		[ -r "$file" ] || continue
		while read -r key number; do
			[ "$key" != oom_kill ] || ret_count=$number
		done <"$file"
	done
}

# remember_start: notes for the next start of the instance that the application has
# run; forget_start takes that back.
remember_start() {
	ran_before=
	[ ! -e "$lx/ran" ] || ran_before=yes
	printf "" >"$lx/ran" # not ":", whose shell ends if it may not
} 2>/dev/null

forget_start() {
	[ -n "$ran_before" ] || $bb rm -f "$lx/ran"
} 2>/dev/null

# explain_end: says what may be the reason that the application, $name, has ended at
# once with an error. Only the first time, as the next start has other ones.
explain_end() {
	[ "$ret_exit_code" != 0 ] && [ "$ret_uptime" -lt 10000 ] && [ ! -e "$state/stop-requested" ] || return 0
	forget_start
	[ "$restarts" = 0 ] && [ -z "$ret_oom" ] || return 0
	if complains; then
		say "$name wants to be PID 1, as init systems have to: LXDOCKER_SUPERVISE=no makes it that, and so does disable_supervisor: true in the spec"
	elif [ -n "$ran_before" ] && emptied; then
		say "$name has run in this instance before. If it notes in /tmp or /run that its first start is done: they are emptied at each start; LXDOCKER_TMP=disk and LXDOCKER_RUN=disk keep them"
	fi
}

# emptied: is /tmp or /run in memory?
emptied() {
	$bb grep -qE ' (/tmp|/run|/var/run) [^-]* - (tmpfs|overlay) ' /proc/self/mountinfo
}

# complains: has it printed, since it was started, that it is not PID 1? That is
# known where there is a log, whose lines begin with the time.
complains() {
	[ -e "$lx/log/0" ] || return 1
	$bb usleep 100000 # until the last lines are there
	$bb cat "$lx/log/0" "$lx/log/1" 2>/dev/null | $bb awk -v since="$ret_began_at" '
		$1 >= since && tolower($0) ~ /(only|must|unless|not|needs?|requires?|has to|as) .*(pid|process (no\.?|number|id)) ?1([^0-9]|$)|run as user instance/ { found = 1 }
		END { exit !found }'
}
