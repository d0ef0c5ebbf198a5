# Init systems: programs that refuse to work, or work differently, unless they are
# PID 1. They are known by what is in the file, as images have them under many names.
# What supervises others, and does not care (runsvdir, s6-svscan, my_init,
# supervisord, tini), is none: under our init, a stop reaches it as it should.
# shellcheck shell=sh
# shellcheck disable=SC2086 # $bb is one word
# shellcheck disable=SC3013 # busybox has -ef
# shellcheck disable=SC3045 # busybox has read -d

# find_init PATH: sets $ret_init to the init system that the command in $plan/argv
# starts as its own process, as s6 or systemd; false if there is none. It is the
# program, or what the program executes in its own place: a word after it (a script
# that ends with exec "$@", env), or what a script or a command line names behind
# `exec`. What an init like tini starts would not be PID 1 in Docker either.
find_init() {
	ret_init='' path=$1
	count=0
	while IFS= read -r -d '' word; do
		count=$((count + 1))
		case $count:$word in
		1:* | *init* | *systemd | *runit | *busybox)
			if locate "$word" && what_init "$word" "$ret_file"; then
				return 0
			fi
			;;
		esac
		case $count:$word in
		1:*tini | 1:*tini-* | 1:*docker-init | 1:*dumb-init | 1:*catatonit) return 1 ;;
		1:*) ! script_executes "$word" || return 0 ;;
		*exec*[' '"$tab"]*) ! names_init "$(printf '%s\n' "$word" | $bb sed -nE "$behind_exec")" || return 0 ;;
		2:*) # of a shell, maybe
			! script_executes "$word" || return 0
			;;
		esac
	done <"$plan/argv"
	return 1
}

# locate WORD: sets $ret_file to the program of that name. Where our own init is,
# it is that of the image.
locate() {
	ret_file=
	case $1 in
	'' | *[!A-Za-z0-9_./@+-]*) return 1 ;;
	/*) ret_file=$1 ;;
	*/*)
		datum "$plan/workdir"
		ret_file=$ret_value/$1
		;;
	*)
		left=$path:
		while [ -n "$left" ] && [ -z "$ret_file" ]; do
			[ ! -f "${left%%:*}/$1" ] || ret_file=${left%%:*}/$1
			left=${left#*:}
		done
		;;
	esac
	if [ -n "$ret_file" ] && [ "$ret_file" -ef /sbin/init ]; then
		ret_file=/lxd-realinit
	fi
	[ -f "$ret_file" ]
}

# what_init NAME FILE [WORD]: sets $ret_init; false if the file is no init system. WORD
# is what follows the name, if that is not one of $plan/argv.
what_init() {
	name=${1##*/}
	is_binary "$2" || { what_script "$2"; return; }
	read_marks "$2"
	case $ret_marks in
	*BusyBox*) # the applet is the name, or the next word of the command
		case $name in
		init | linuxrc) ret_init=busybox ;;
		busybox*) [ "${3-$(word_behind "$1")}" != init ] || ret_init=busybox ;;
		esac
		;;
	*'process no 1'*) ret_init=runit ;;
	*'unless PID 1'* | *'user instance'*) ret_init=systemd ;;
	*PID1:*) ret_init=openrc ;;
	*finit*) ret_init=finit ;;
	*inittab*) ret_init=sysvinit ;;
	*)
		case $name:$2 in
		*:/lxd-realinit) case $ret_marks in *TINI* | *dumb-init* | *catatonit*) ;; *) ret_init=unknown ;; esac ;;
		systemd:* | dinit:*) ret_init=$name ;;
		openrc-init:*) ret_init=openrc ;;
		init:* | s6-init:*) ! has_s6 || ret_init=s6 ;;
		esac
		;;
	esac
	[ -n "$ret_init" ]
}

# what_script FILE: what_init for a script, $name. Many an image calls a plain one
# /init.
what_script() {
	case $name in
	init | s6-init)
		if $bb grep -qE 's6-(overlay|linux-init|svscan)|/etc/s6/' "$1" 2>/dev/null; then
			ret_init=s6
		elif [ "$1" = /lxd-realinit ]; then
			ret_init=unknown
		fi
		;;
	esac
	[ -n "$ret_init" ]
}

# read_marks FILE: sets $ret_marks to what only init systems say, as far as the
# program has it. Inits are small: what has more than 2 MiB is not looked at.
read_marks() {
	ret_marks=
	[ "$($bb stat -L -c %s "$1")" -le 2097152 ] || return 0
	ret_marks=$($bb tr -s '\0' '\n' <"$1" | $bb grep -oF -e 'BusyBox v' -e 'must be run as process no 1' \
		-e 'system mode unless PID 1' -e 'Trying to run as user instance' -e 'PID1: Received' \
		-e /etc/finit. -e /etc/inittab -e TINI_ -e dumb-init -e catatonit)
} 2>/dev/null

# is_binary FILE: or is it a script, or text?
is_binary() {
	magic=
	IFS= read -r -n 4 magic <"$1"
	[ "$magic" = "$(printf '\177ELF')" ]
} 2>/dev/null

# word_behind WORD: prints the word of $plan/argv that follows it.
word_behind() {
	word=
	while [ "$word" != "$1" ] && IFS= read -r -d '' word; do :; done
	IFS= read -r -d '' word && printf %s "$word"
} <"$plan/argv"

# script_executes WORD: is it a script that starts an init system by `exec`?
script_executes() {
	locate "$1" || return 1
	set -- "$ret_file"
	! is_binary "$1" && [ "$($bb stat -L -c %s "$1")" -le 262144 ] || return 1
	names_init "$($bb sed -nE "$behind_exec" "$1")"
} 2>/dev/null

# behind_exec: has sed print what is behind the word exec in each line, as words that
# can be names of programs. Scripts are only looked at.
behind_exec='/^[[:space:]]*#/d; s/.*(^|[^[:alnum:]_-])exec[[:space:]]+//; T; s,[^A-Za-z0-9_./@+-]+, ,g; p'

# names_init WORDS: is one of them the name of an init system?
names_init() {
	set -- $1
	while [ $# -gt 0 ]; do
		case $1 in
		*init* | *systemd* | *runit | *busybox)
			if locate "$1" && what_init "$1" "$ret_file" "${2-}"; then
				return 0
			fi
			;;
		esac
		shift
	done
	return 1
}

# prepare_init_system: gives an init system what it needs to understand the
# signal that LXD and Incus send for "stop". systemd, s6-overlay 3 and busybox
# need nothing.
prepare_init_system() {
	# systemd and OpenRC mount the control groups themselves, and cannot work with
	# what they may not write to. s6 and runit do not know of them.
	case $ret_init in s6 | runit) ;; *) : >"$plan/own_cgroups" ;; esac
	# In s6-overlay 2, s6-svscan runs a file of that name if there is one; TERM is
	# what ends it.
	scan=/etc/s6/services/.s6-svscan
	if [ -d "$scan" ] && [ ! -e "$scan/SIGPWR" ]; then
		printf '#!/busybox-lxd sh\nkill -TERM 1\n' >"$scan/SIGPWR" && $bb chmod 755 "$scan/SIGPWR"
	fi
	# runit ends by CONT (lxc.signal.halt=SIGCONT), if root allows that by this file.
	if [ "$ret_init" = runit ] && [ -d /etc/runit ] && [ ! -e /etc/runit/stopit ]; then
		: >/etc/runit/stopit && $bb chmod 100 /etc/runit/stopit
	fi
	# sysvinit looks into its inittab. Only sysvinit's has an initdefault line.
	if $bb grep -qs '^[^#]*:initdefault:' /etc/inittab && ! power_line_works; then
		{ $bb grep -v '^[^#]*:power' /etc/inittab && echo 'pf::powerwait:/sbin/init -t1 0'; } >"$state/inittab"
		$bb mount -n -o bind "$state/inittab" /etc/inittab || say "/etc/inittab stays as it is: the instance will not end when it is stopped"
	fi
}

# power_line_works: does the program exist that the inittab runs for SIGPWR?
# Debian's inittab names one that nothing installs.
power_line_works() {
	while IFS=: read -r id _ action command; do
		case $id:$action in
		'#'*) ;;
		*:powerwait | *:powerfail)
			[ -x "${command%%["$tab "]*}" ]
			return
			;;
		esac
	done </etc/inittab
	return 1
}

# has_s6: is there s6-overlay, version 3 or older, or s6 as distributions have it?
has_s6() {
	for file in /package/admin/s6-overlay /command/s6-svscan /etc/s6-overlay /etc/s6/init/init-stage1 /bin/s6-svscan /usr/bin/s6-svscan; do
		[ ! -e "$file" ] || return 0
	done
	return 1
}
