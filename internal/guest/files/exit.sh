# /.lxdocker/exit: how the application has ended, for whoever asks when the instance
# has stopped. It is there from then until the next start.
# shellcheck shell=sh
# shellcheck disable=SC2086 # $bb is one word

# forget_exit: removes what the last start has left.
forget_exit() {
	[ -e "$lx/exit" ] || [ -L "$lx/exit" ] || return 0
	$bb rm -rf "$lx/exit" 2>/dev/null || say "$lx/exit stays as the last start has left it"
}

# record_exit STATUS: writes the exit status, and the time. Nobody sees half of it, and
# nothing waits for the disk.
record_exit() {
	if ! write_draft "$1" || ! $bb mv -f "$lx/.exit" "$lx/exit" 2>/dev/null; then
		$bb rm -f "$lx/.exit" 2>/dev/null
		say "cannot write $lx/exit, which would say that the application ended with $1"
	fi
}

# write_draft STATUS: date does not notice that there is no room.
write_draft() {
	(umask 022 && $bb date -u "+$1 %Y-%m-%dT%H:%M:%SZ" >"$lx/.exit") && [ -s "$lx/.exit" ]
} 2>/dev/null
