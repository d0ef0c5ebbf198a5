# What every script here needs. Variables are always set before they are used:
# PID 1 imports the instance's `environment.*`, whose names can be any.
# shellcheck shell=sh
# shellcheck disable=SC2034 # they are for the scripts that read this one
# shellcheck disable=SC3045 # busybox has read -d

bb=/busybox-lxd      # programs are always called by it: nothing in the image's PATH is ours
lx=/.lxdocker        # these scripts
image=$lx/image      # what the image says, as data
state=/run/lxdocker  # what is going on now; empty at every start
plan=$state/plan     # what is to run: what the image says, as the instance wants it (see `plan`)
tab='	'
newline='
'
IFS=" $tab$newline"

# say TEXT...: one line on the console.
say() {
	printf 'lxdocker: %s\n' "$*" >&2
}

# datum FILE: sets $value to the first string of a data file, "" if there is none.
datum() {
	value=
	[ -e "$1" ] || return 1
	IFS= read -r -d '' value <"$1"
}
