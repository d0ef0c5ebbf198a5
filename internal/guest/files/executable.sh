# Whether a file can be executed. It is checked before the exec because the C
# library has /bin/sh read what the kernel refuses (execvp and ENOEXEC), and
# because what cannot be started at all is not started again.
#
# State: $file is looked at now, as $what in messages about $name; $interpreters are
# those that were found. $enter is how the user gets into its working directory.
# shellcheck shell=sh
# shellcheck disable=SC2046,SC2086 # words
# shellcheck disable=SC3045 # busybox has read -n

# inspect NAME FILE WORD...: can the file, and the interpreters that it asks for, be
# executed by the application's user? The words make a command of busybox run as that
# user. Sets $ret_problem to a sentence about NAME, or to "", and $ret_status to the exit
# status that shells use; $ret_denied if it is the file itself that the user may not
# execute.
inspect() {
	name=$1 inspected=$2 file=$2 what=it interpreters='' ret_problem='' ret_status=126 ret_denied=
	shift 2
	follow_scripts 2>/dev/null
	# One process looks at all of them, and prints those that may be executed.
	IFS=$newline
	set -f
	able=
	if [ -n "$enter" ]; then
		able=$($bb env -i "$@" nsenter "$enter" -- $bb which -- "$inspected" $interpreters 2>/dev/null)
		[ -n "$able" ] || enter_as_root
	fi
	[ -n "$enter" ] || able=$($bb env -i "$@" which -- "$inspected" $interpreters 2>/dev/null)
	able=$newline$able$newline
	[ -z "$enter" ] || set -- "$@" nsenter "$enter" -- $bb
	for file in "$inspected" $interpreters; do
		case $able in *"$newline$file$newline"*) continue ;; esac
		if [ "$file" = "$inspected" ]; then
			ret_denied=yes what=it
		else
			what="its interpreter '$file'"
		fi
		explain_refusal "$@"
		break
	done
	set +f
	IFS=" $tab$newline"
}

# enter_as_root: the user may not enter its working directory, perhaps. Docker's root
# does so then, and so does this, if nobody else can have changed where that leads.
enter_as_root() {
	# shellcheck source=trusted.sh
	. /.lxdocker/trusted.sh
	if trusted "${enter#-w}" && cd "$ret_path"; then
		enter=
	fi
}

# explain_refusal WORD...: sets $ret_problem: the user may not execute $what.
explain_refusal() {
	ret_status=126
	datum "$plan/user"
	if reason=$($bb env -i "$@" true 2>&1); then
		ret_problem="cannot start '$name': $what is not executable for the user '${ret_value:-root}'"
	elif ! is_open; then
		ret_problem="cannot start as user '$ret_value': it may not enter /, whose mode has to be 0755"
	else
		ret_problem="cannot start as user '$ret_value': ${reason##*"$newline"}"
	fi
}

# is_open: may everybody enter the root directory?
is_open() {
	case $($bb stat -c %A /) in *[xt]) return 0 ;; esac
	return 1
}

# follow_scripts: adds to $interpreters that of the script $file, and that of the
# interpreter, until one is a program. Sets $ret_problem if something is wrong with one,
# other than that it is not executable.
follow_scripts() {
	depth=0
	while [ -f "$file" ]; do
		magic=
		IFS= read -r -n 4 magic <"$file"
		case $magic in
		'#!'*) find_interpreter || return ;;
		"$(printf '\177ELF')")
			check_program
			return
			;;
		*)
			ret_problem="cannot start '$name': $what is neither an ELF program nor a script with #!"
			return
			;;
		esac
		depth=$((depth + 1))
		if [ "$depth" -gt 5 ]; then # Linux follows as many
			ret_problem="cannot start '$name': too many scripts are interpreters of scripts"
			return
		fi
		case $file in */*) ;; *) file=./$file ;; esac # it is not looked up in PATH
		interpreters=$interpreters$newline$file
	done
}

# find_interpreter: moves $file, and $what for messages, from a script to its
# interpreter.
find_interpreter() {
	line=
	IFS= read -r -n 256 line <"$file" # as much as Linux reads
	line=${line#??}
	line=${line#"${line%%[!"$tab" ]*}"}
	file=${line%%["$tab" ]*}
	what="its interpreter '$file'"
	[ ! -e "$file" ] || return 0
	ret_problem="cannot start '$name': $what does not exist" ret_status=127
	return 1
}

# check_program: is the ELF file $file a program for this kind of machine, and does
# the loader exist that it needs?
check_program() {
	datum "$image/machine"
	set -- $($bb od -A n -v -t u4 -N 1024 "$file") # linkers put the program headers long before that
	[ $# -gt 4 ] || set -- 0 0 0 0 0
	# Class, byte order and e_machine, in hex as they are in the file; and e_type.
	if [ "$1" = 1179403647 ]; then # \177ELF on a machine that puts the lowest byte first
		header=$(printf %02x $(($2 & 255)) $(($2 >> 8 & 255)) $(($5 >> 16 & 255)) $(($5 >> 24)))
		type=$(($5 & 65535))
	else
		header=$(printf %02x $(($2 >> 24)) $(($2 >> 16 & 255)) $(($5 >> 8 & 255)) $(($5 & 255)))
		type=$(($5 >> 16))
	fi
	case " $ret_value " in
	*" $header "*) ;;
	*)
		ret_problem="cannot start '$name': $what is a program for another kind of machine than the image"
		return
		;;
	esac
	case $type in
	2 | 3) ;; # ET_EXEC, ET_DYN
	*)
		ret_problem="cannot start '$name': $what is an ELF file, but no program"
		return
		;;
	esac
	find_loader "${header%????}" "$@"
	if [ -n "$ret_loader" ] && [ ! -e "$ret_loader" ]; then
		ret_problem="cannot start '$name': $what needs the loader $ret_loader, which does not exist: is it made for another C library?"
		ret_status=127
	fi
}

# find_loader KIND NUMBER...: sets $ret_loader to the path in the PT_INTERP segment of
# $file; to "" if there is none, as in a static program. KIND is class and byte
# order, the latter being that of this machine. The numbers are the file's first ones.
find_loader() {
	ret_loader='' kind=$1
	shift
	case $kind in
	0201) table=$9 left=$((${15} & 65535)) size=14 ;; # e_phoff, e_phnum, words in an Elf64_Phdr
	0202) table=${10} left=$((${15} >> 16)) size=14 ;;
	0101) table=$8 left=$((${12} & 65535)) size=8 ;; # Elf32_Phdr
	*) table=$8 left=$((${12} >> 16)) size=8 ;;
	esac
	[ $((table / 4)) -lt $# ] || return 0
	shift $((table / 4))
	while [ "$left" -gt 0 ] && [ $# -ge "$size" ]; do
		if [ "$1" = 3 ]; then # PT_INTERP
			case $kind in
			0201) at=$3 length=$9 ;; # p_offset, p_filesz
			0202) at=$4 length=${10} ;;
			*) at=$2 length=$5 ;;
			esac
			[ "$length" -le 4096 ] || return 0
			ret_loader=$($bb dd if="$file" bs=1 skip="$at" count=$((length - 1)) 2>/dev/null)
			return
		fi
		shift "$size"
		left=$((left - 1))
	done
}
