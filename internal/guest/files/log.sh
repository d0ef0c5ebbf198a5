# What the application prints, and what these scripts say: from pipes to the
# console and the log.
#
# The application's standard output and standard error are a FIFO each, which
# belong to its user; `lines` reads one, makes whole lines of it, and hands them
# on by a third FIFO to `logger`, which alone writes the console and the log.
# What these scripts say goes into the third one directly.
#
# State: $logger is its process id, $streams are those of the two `lines`.
# shellcheck shell=sh
# shellcheck disable=SC2086 # $bb is one word

# start_logger: makes all FIFOs, in one process. From now on, what PID 1 and its children print goes to `logger`.
# PID 1 keeps the console as descriptor 5, and the application's FIFOs open for
# reading as 3 and 4, which `lines` gets from it. Nobody who writes to them is
# killed by SIGPIPE, should `lines` be gone for a moment.
start_logger() {
	logger='' streams=''
	exec 5>&1
	[ ! -t 5 ] || $bb stty size <&5 >"$state/console-size" 2>/dev/null
	if ! $bb mkfifo -m 600 "$state/log" "$state/fd/1" "$state/fd/2" "$state/run-alive" "$state/net.wake"; then
		say "no log: the application has the console"
		return 0
	fi
	exec 6<>"$state/log" 7<>"$state/fd/1" 8<>"$state/fd/2" # opened for both, a FIFO never waits
	launch_logger
	exec >"$state/log" 2>&1 3<"$state/fd/1" 4<"$state/fd/2"
	exec 6<&- 7<&- 8<&-
}

# launch_logger: starts it, as $logger; in a session of its own, so that no key on
# the console stops it. PID 1 has the console as descriptor 5.
launch_logger() {
	exec 9<"$state/log"
	$bb setsid $bb sh "$lx/logger" <&9 >&5 2>&5 3<&- 4<&- 5>&- 6<&- 7<&- 8<&- 9<&- &
	logger=$!
	exec 9<&-
}

# end_logger: waits until `logger` has written everything, but not for ever: the
# console may be stuck.
end_logger() {
	[ -n "$logger" ] || return 0
	printf '\005\n' >"$state/log" & # in the background: the FIFO may be full
	tries=0
	while kill -0 "$logger" 2>/dev/null && [ "$tries" -lt 400 ]; do
		$bb usleep 5000
		tries=$((tries + 1))
	done
}

# flush_all: when PID 1 ends.
flush_all() {
	exec >/dev/null 2>&1 # they may be the application's
	await_streams
	end_logger
}

# has_streams: does the application print to the FIFOs, and not to the console?
has_streams() {
	datum "$plan/tty"
	[ "$ret_value" != yes ] && [ -p "$state/fd/1" ]
}

# free_console: Ctrl-S on the console must not stop `logger`, and with it an
# application that has its output elsewhere; nor Ctrl-C throw away what is under way.
free_console() {
	[ ! -t 5 ] || ! has_streams || $bb stty -ixon noflsh <&5 2>/dev/null
}

# start_streams: starts what reads the FIFOs, until nobody has them open for
# writing any more. This process has, as 6 and 7, until await_streams. Sets
# $streams to the process ids.
start_streams() {
	streams=
	has_streams || return 0
	exec 6>"$state/fd/1" 7>"$state/fd/2"
	$bb setsid $bb sh "$lx/lines" stdout <&3 2>&1 3<&- 4<&- 5>&- 6>&- 7>&- 8>&- 9>&- &
	streams=$!
	$bb setsid $bb sh "$lx/lines" stderr <&4 2>&1 3<&- 4<&- 5>&- 6>&- 7>&- 8>&- 9>&- &
	streams="$streams $!"
	echo "$streams" >"$state/lines-pid"
}

# revive_streams: for PID 1, when `run` was killed, and maybe what reads the FIFOs
# with it.
revive_streams() {
	[ -n "$logger" ] || return 0
	kill -0 "$logger" 2>/dev/null || launch_logger
	streams=$($bb cat "$state/lines-pid" 2>/dev/null)
	for stream in $streams; do
		kill -0 "$stream" 2>/dev/null && return 0
	done
	start_streams
	exec 6>&- 7>&-
}

# take_streams: makes this process one of the application's, by what it reads and
# writes: the FIFOs, and nothing to read; or the console.
take_streams() {
	if [ -n "$streams" ]; then
		exec </dev/null >&6 2>&7
	else
		exec >&5 2>&5
	fi
	exec 3<&- 4<&- 5>&- 6>&- 7>&-
}

# await_streams: waits until everything that the application has printed is on its
# way. What has escaped from it, and still holds a FIFO open, is waited for for a
# second.
await_streams() {
	exec 6>&- 7>&-
	tries=0
	for stream in $streams; do
		while kill -0 "$stream" 2>/dev/null; do
			if [ "$tries" -ge 200 ]; then
				kill -KILL "$stream" 2>/dev/null
				break
			fi
			$bb usleep 5000
			tries=$((tries + 1))
		done
	done
	streams=
}
