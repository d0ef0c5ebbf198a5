# The settings of an instance: which there are, how one is read, and how durations are.
# docs/containers.md has what each one does.
# shellcheck shell=sh
# shellcheck disable=SC2016 # awk expands
# shellcheck disable=SC2086 # $bb is one word
# shellcheck disable=SC3045 # busybox has read -d

settings="CMD ENTRYPOINT ENVFILE GROUPS HEALTH_CMD HEALTH_INTERVAL HEALTH_RETRIES HEALTH_START_INTERVAL
	HEALTH_START_PERIOD HEALTH_TIMEOUT LOG_SIZE RESTART RUN SHM_SIZE STOP_TIMEOUT SUPERVISE TMP TTY UDHCPC_NOPREFIXROUTE USER WORKDIR"

# report_unknown ENTRY...: names those of the environment that look like settings
# and are none.
report_unknown() {
	for entry; do
		name=${entry%%=*}
		case $name in
		LXDOCKER_*[!A-Za-z0-9_]* | LXDOCKER[!_]*) ;;
		LXDOCKER_*)
			! is_setting "${name#LXDOCKER_}" || continue
			;;
		*) continue ;;
		esac
		case $reported in *" $name "*) continue ;; esac # of instance and spec
		reported="$reported $name "
		shown=$(printf %.60s "$name" | $bb tr -c ' -~' '?')
		nearest "$shown"
		say "$shown: there is no such setting${ret_value:+: did you mean LXDOCKER_$ret_value?}"
	done
}
reported=

# report_data ENTRY...: names settings that the image has in its own environment,
# where they are none, but may have been meant to be.
report_data() {
	named=' '
	while IFS= read -r -d '' entry; do
		named="$named${entry%%=*} "
	done <"$image/settings"
	idle=
	for entry; do
		name=${entry%%=*}
		case $name in
		UDHCPC_NO_DEFAULT_ROUTE | UDHCPC_NO_DNS) ;;
		LXDOCKER_*) is_setting "${name#LXDOCKER_}" || continue ;;
		*) continue ;;
		esac
		case $named in *" $name "*) ;; *) idle="$idle $name" ;; esac # the others are the spec's
	done
	[ -z "$idle" ] || say "in the image's own environment these are no settings, but data:$idle"
}

# setting NAME TEST EXPECTED ENTRY...: sets $ret_value to the first value of
# LXDOCKER_NAME in the entries that passes the test, or to "". The entries are the
# settings as in $plan/settings: those of the instance come first.
setting() {
	name=LXDOCKER_$1 is_valid=$2 expected=$3
	shift 3
	for entry; do
		case $entry in "$name="?*) ;; *) continue ;; esac
		text=${entry#*=}
		if $is_valid "$text"; then
			ret_value=$text
			return
		fi
		say "$name: '$text' is not $expected: the image's own is taken"
	done
	ret_value=
}

# is_setting NAME: without LXDOCKER_.
is_setting() {
	for known in $settings; do
		[ "$known" != "$1" ] || return 0
	done
	return 1
}

# nearest NAME: sets $ret_value to the setting that is meant, or "". Of two names,
# one is meant by the other if few letters have to be changed, added or left out.
nearest() {
	ret_value=$(printf '%s\n' "$1" | $bb awk -v all="$settings" '
		function least(a, b) { return a < b ? a : b }
		function distance(a, b,    i, j, d, cost) {
			for (i=0; i <= length(a); i++) d[i, 0] = i
			for (j=0; j <= length(b); j++) d[0, j] = j
			for (i=1; i <= length(a); i++)
				for (j=1; j <= length(b); j++) {
					cost = substr(a, i, 1) != substr(b, j, 1)
					d[i, j] = least(least(d[i-1, j], d[i, j-1]) + 1, d[i-1, j-1] + cost)
					if (i > 1 && j > 1 && substr(a, i, 1) == substr(b, j-1, 1) && substr(a, i-1, 1) == substr(b, j, 1))
						d[i, j] = least(d[i, j], d[i-2, j-2] + 1)
				}
			return d[length(a), length(b)]
		}
		{
			wanted = toupper($0)
			sub(/^LXDOCKER[^A-Z0-9]*/, "", wanted)
			gsub(/[^A-Z0-9]/, "_", wanted)
			count = split(all, names, /[ \t\n]+/)
			best = length(wanted) > 4 ? 3 : 2
			for (n=1; n <= count; n++) {
				far = distance(wanted, names[n])
				if (far < best) { best = far; found = names[n] }
			}
			print found
		}')
}

# read_duration TEXT: sets $ret_value to milliseconds. As on the command line of
# Docker, TEXT is numbers with units: 30s, 1m30s, 500ms, 1.5h. Up to a year.
read_duration() {
	ret_value=0 unread=$1
	[ -n "$unread" ] || return 1
	while [ -n "$unread" ]; do
		amount=${unread%%[!0-9.]*}
		unread=${unread#"$amount"}
		unit=${unread%%[0-9.]*}
		unread=${unread#"$unit"}
		case $amount in '' | . | *.*.* | ????????????*) return 1 ;; esac
		case $unit in
		ms) unit=1 ;;
		s) unit=1000 ;;
		m) unit=60000 ;;
		h) unit=3600000 ;;
		*) return 1 ;;
		esac
		whole=${amount%%.*}
		fraction=${amount#"$whole"}
		fraction=$(printf %.3s "${fraction#.}000")
		whole=${whole#"${whole%%[!0]*}"} # 08 would be a bad octal number
		ret_value=$((ret_value + ${whole:-0} * unit + (1$fraction - 1000) * unit / 1000))
		[ "$ret_value" -le 31536000000 ] || return 1
	done
}

# change_health ENTRY...: puts how often to check, as image and instance say it, into
# $plan/health.
change_health() {
	{ # see `health`
		IFS= read -r -d '' interval
		IFS= read -r -d '' timeout
		IFS= read -r -d '' start_period
		IFS= read -r -d '' start_interval
		IFS= read -r -d '' retries
		IFS= read -r -d '' on_unhealthy
	} <"$image/health"
	duration_setting INTERVAL 1 "$interval" "$@"
	interval=$ret_value
	duration_setting TIMEOUT 1 "$timeout" "$@"
	timeout=$ret_value
	duration_setting START_PERIOD 0 "$start_period" "$@"
	start_period=$ret_value
	duration_setting START_INTERVAL 1 "$start_interval" "$@"
	start_interval=$ret_value
	setting HEALTH_RETRIES is_count "a number from 1 to 999" "$@"
	retries=${ret_value:-$retries}
	printf '%s\0' "$interval" "$timeout" "$start_period" "$start_interval" "$retries" "$on_unhealthy" >"$plan/health"
}

is_count() {
	case $1 in [1-9] | [1-9][0-9] | [1-9][0-9][0-9]) return 0 ;; esac
	return 1
}

# duration_setting NAME LEAST OTHERWISE ENTRY...: sets $ret_value to the milliseconds
# that LXDOCKER_HEALTH_NAME says, or to OTHERWISE.
duration_setting() {
	kind=HEALTH_$1 least=$2 otherwise=$3
	shift 3
	setting "$kind" is_long_enough "a duration such as 30s or 1m30s" "$@"
	if [ -n "$ret_value" ]; then
		read_duration "$ret_value"
	else
		ret_value=$otherwise
	fi
}

is_long_enough() {
	read_duration "$1" && [ "$ret_value" -ge "$least" ]
}
