# A terminal of its own for a program that /lxd-enter starts from a shell of root's.
#
# Who has root's terminal can type on it for root (TIOCSTI), and read what root types.
# So the program gets another one, as by `su --pty`, and what passes between the two is
# copied. Of all in busybox, telnetd can make one: it speaks to a pipe, as to inetd, and
# runs as the application's user, to whom the terminal belongs then. It has none of root's.
# shellcheck shell=sh
# shellcheck disable=SC2086 # $bb is one word
# shellcheck disable=SC2094 # a pipe is read by one and written to by another
# shellcheck disable=SC2216 # kill reads nothing
# shellcheck disable=SC2317 # shellcheck does not see what the pipeline calls
# shellcheck disable=SC3045 # busybox has read -d and -t

# shares_terminal: would the program get a terminal that root has, too, and is it another
# user's? Not if this is the first process of a session, as by `lxc exec`: nobody reads
# that terminal when it ends. Sets $ret_tty to what opens the terminal, and $ret_keys to "yes" if
# what is typed is for the program.
shares_terminal() {
	uid=0 ret_keys=
	[ ! -s "$state/uid" ] || read -r uid <"$state/uid"
	[ "$uid" != 0 ] || return 1
	read -r fields <"/proc/$$/stat"
	set -- ${fields##*) } # proc(5), from the 3rd on: state, parent, group, session, terminal, its group in the foreground
	[ "$4" != $$ ] || return 1
	[ "$3" != "$6" ] || [ ! -t 0 ] || ret_keys=yes
	ret_tty=/dev/tty
	[ "$5" = 0 ] || return 0
	for fd in 0 1 2; do
		ret_tty=/proc/$$/fd/$fd
		[ ! -t $fd ] || return 0
	done
	return 1
}

# run_apart COUNT WORD...: becomes the program on a terminal of its own. Of the words,
# COUNT are those of the context. 5 and 9 are the ends of the pipe for what is typed, 6 and
# 8 those of the pipe for the program's exit status, 7 is root's terminal, 3 and 4 are
# standard input and output.
#
# A signal can come at any moment, also by `kill` for this process alone. A shell that
# waits for what it has started would not act on it until that ends, so this one reads.
run_apart() {
	context=$1 tty=$ret_tty keys=$ret_keys id=$$ typing='' before=''
	shift
	if [ ! -c /dev/ptmx ] || ! $bb telnetd --help >/dev/null 2>&1; then
		trap : INT QUIT TERM HUP
		say "no terminal can be made: the program has none, and Ctrl+C does not reach it"
		$bb setsid $bb env -i "$@"
		exit
	fi
	trap 'leave 129' HUP
	trap 'leave 130' INT
	trap 'leave 131' QUIT
	trap 'leave 143' TERM
	$bb mkfifo -m 600 "$state/keys.$id" "$state/exit.$id" || leave 126
	exec 7<>"$tty" 8<>"$state/exit.$id" 9<>"$state/keys.$id"
	exec 6<"$state/exit.$id" 5<"$state/keys.$id"
	size=$($bb stty size <&7)
	if [ -n "$keys" ]; then
		before=$($bb stty -g <&7)
		$bb stty raw -echo <&7
		hand_on &
		typing=$!
	fi
	exec 3<&0 4>&1
	(launch "$@")
	exec 3<&- 4>&- 5<&- 8>&-
	await
	[ "$ret_status" != 255 ] || say "the program has lost its terminal"
	leave "$ret_status"
}

# leave STATUS: the program, if it runs, loses its terminal by this.
leave() {
	trap '' HUP INT QUIT TERM
	exec 9>&-
	finish "${typing:-$!}" # a signal may have come before $typing was set
	[ -z "$before" ] || $bb stty "$before" <&7
	$bb rm -f "$state/keys.$id" "$state/exit.$id"
	exit "$1"
}

# launch WORD...: leaves the program behind. What a shell starts with `&` would ignore
# SIGINT for good; what it starts in a pipeline would not, and outlives a shell that is
# killed. Of SIGPIPE the shell above says nothing.
launch() {
	read -r launcher _ </proc/self/stat
	{
		exec 6<&- 9>&-
		words "$@" | on_terminal | show >&7 3<&- 4>&- 5<&- 8>&-
	} | kill -PIPE "$launcher"
}

# finish PID: ends one of this shell's children. A shell that has just been started, and
# has its parent's traps still, loses a signal.
finish() {
	while [ -n "$1" ] && kill "$1" 2>/dev/null; do
		$bb true # and the shell learns who has ended
	done
}

# hand_on: copies what is typed, and tells of the terminal's size when that changes.
hand_on() {
	exec 5<&- 6<&- 8>&-
	ended=
	trap 'ended=yes' TERM
	trap tell_size WINCH
	# cat would use sendfile, which keeps others from the pipe while it waits for a key.
	$bb dd bs=1024 <&7 >&9 &
	copier=$!
	while [ -z "$ended" ] && kill -0 $copier; do
		wait $copier
	done
	finish $copier
} >/dev/null 2>&1

# tell_size: by the option NAWS of telnet (RFC 1073).
tell_size() {
	# shellcheck disable=SC2046 # rows and columns
	set -- $($bb stty size <&7)
	# shellcheck disable=SC2059 # the inner one prints a format
	printf "$(printf '\\377\\372\\037\\%03o\\%03o\\%03o\\%03o\\377\\360' $(($2 / 256)) $(($2 % 256)) $(($1 / 256)) $(($1 % 256)))" >&9
}

# words WORD...: prints the command for `terminal`, as a data file: the environment, and
# what comes behind the context, as that has made telnetd what the application is.
words() {
	while [ "$1" != $bb ]; do
		printf '%s\0' "$1"
		context=$((context - 1))
		shift
	done
	shift "$context"
	printf '%s\0' $bb "$@"
}

# on_terminal: becomes telnetd, as the user. What it starts has the command as 6, 8 for
# the status, and as 3, 4 and 9 those of standard input, output and error that are no
# terminals.
on_terminal() {
	exec 6<&0 0<&5 5<&- 7<&-
	own=
	if [ -t 3 ]; then exec 3<&- && own=${own}0; fi
	if [ -t 4 ]; then exec 4>&- && own=${own}1; fi
	if [ -t 2 ]; then own=${own}2; else exec 9>&2; fi
	exec 2>/dev/null
	set -- "size=$size" "own=$own"
	user=
	while IFS= read -r -d '' word; do
		[ "$word" != $bb ] || user=yes
		[ -z "$user" ] || set -- "$@" "$word"
	done <"$state/context"
	exec $bb setsid $bb env -i "$@" telnetd -i -f /dev/null -l "$lx/terminal"
}

# show: prints what the program does, without what telnetd begins with: four offers of
# options, and a new line.
show() {
	trap '' INT QUIT
	$bb dd bs=1 count=15 of=/dev/null
	exec $bb dd bs=4096
} 2>/dev/null

# await: sets $ret_status to the program's exit status. A signal that somebody gives by a
# key of a terminal that is not in the foreground's hands is handed on as that key; by any
# other the program loses its terminal, and says how it ends.
await() {
	trap 'again=yes; printf "\003" >&9' INT
	trap 'again=yes; printf "\034" >&9' QUIT
	trap 'again=yes; finish "$typing"; exec 9>&-' TERM HUP
	while :; do
		again='' code=
		read -r code <&6 && break
		[ -n "$again" ] || break
	done
	# All that was printed is on its way when this ends; but what the program has left
	# behind may keep the terminal.
	read -r -t 1 _ <&6
	ret_status=$code
	case $code in '' | *[!0-9]* | ????*) ret_status=255 ;; esac
} 2>/dev/null
