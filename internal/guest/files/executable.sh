# Whether a file can be executed. It is checked before the exec because the C
# library has /bin/sh read what the kernel refuses (execvp and ENOEXEC), and
# because what cannot be started at all is not started again.
# shellcheck shell=sh
# shellcheck disable=SC2046,SC2086 # words
# shellcheck disable=SC3045 # busybox has read -n

# executable FILE WORD...: does the kernel let the application's user execute
# it? The words make a command of busybox run as that user.
executable() {
	file=$1
	shift
	$bb env -i "$@" which -- "$file" >/dev/null 2>&1
}

# is_open: may everybody enter the root directory?
is_open() {
	case $($bb stat -c %A /) in *[xt]) return 0 ;; esac
	return 1
}

# can_run NAME FILE WORD...: can the file, and the interpreter that it asks for,
# be executed? If not, says so in one sentence about NAME, and returns the exit
# status that shells use.
can_run() {
	name=$1 file=$2 what=it depth=0
	shift 2
	while :; do
		if ! executable "$file" "$@"; then
			datum "$plan/user"
			if reason=$($bb env -i "$@" true 2>&1); then
				say "cannot start '$name': $what is not executable for the user '${ret_value:-root}'"
			elif ! is_open; then
				say "cannot start as user '$ret_value': it may not enter /, whose mode has to be 0755"
			else
				say "cannot start as user '$ret_value': ${reason##*"$newline"}"
			fi
			return 126
		fi
		magic=
		IFS= read -r -n 4 magic <"$file"
		case $magic in
		'#!'*) find_interpreter || return ;;
		"$(printf '\177ELF')")
			elf_can_run
			return
			;;
		*)
			say "cannot start '$name': $what is neither an ELF program nor a script with #!"
			return 126
			;;
		esac
		depth=$((depth + 1))
		if [ "$depth" -gt 5 ]; then # Linux follows as many
			say "cannot start '$name': too many scripts are interpreters of scripts"
			return 126
		fi
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
	say "cannot start '$name': $what does not exist"
	return 127
}

# elf_can_run: is the ELF file $file a program for this kind of machine, and does
# the loader exist that it needs?
elf_can_run() {
	datum "$image/machine"
	# From e_ident[4] on: class, byte order, ... e_type and e_machine.
	set -- $($bb od -A n -v -t x1 -j 4 -N 16 "$file")
	case " $ret_value " in
	*" $1$2${15}${16} "*) ;;
	*)
		say "cannot start '$name': $what is a program for another kind of machine than the image"
		return 126
		;;
	esac
	case ${13}${14} in
	0200 | 0300 | 0002 | 0003) ;; # ET_EXEC, ET_DYN
	*)
		say "cannot start '$name': $what is an ELF file, but no program"
		return 126
		;;
	esac
	find_loader "$1$2"
	if [ -z "$ret_loader" ] || [ -e "$ret_loader" ]; then
		return 0
	fi
	say "cannot start '$name': $what needs the loader $ret_loader, which does not exist: is it made for another C library?"
	return 127
}

# find_loader KIND: sets $ret_loader to the path in the PT_INTERP segment of
# $file; to "" if there is none, as in a static program. KIND is class and byte
# order, the latter being that of this machine.
find_loader() {
	ret_loader='' kind=$1
	set -- $($bb od -A n -v -t u4 -N 1024 "$file") # linkers put the program headers long before that
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
