# What may stand behind address=, gateway=, dns=, search= and metric=. Each test
# says in $hint what it takes.
# shellcheck shell=sh
# shellcheck disable=SC2154,SC2034 # variables of and for netplan.sh

is_address() {
	hint="it takes ADDRESS/LENGTH, as 10.0.0.5/24 or fd00::5/64"
	case ${1#*/} in "$1" | '' | *[!0-9]* | ????*) return 1 ;; esac
	if is_v4 "${1%/*}"; then
		[ "${1#*/}" -le 32 ]
	else
		is_v6 "${1%/*}" && [ "${1#*/}" -le 128 ]
	fi
}

is_gateway() {
	hint="it takes an address, as 10.0.0.1 or fe80::1"
	is_v4 "$1" || is_v6 "$1"
}

is_dns() {
	hint="it takes addresses, as 10.0.0.1,fd00::1"
	is_v4 "$1" || is_v6 "${1%"%$nic"}"
}

is_search() {
	hint="it takes names of domains, as lan,example.org"
	case $1 in '' | -* | *[!A-Za-z0-9._-]*) return 1 ;; esac
}

is_metric() {
	hint="it takes a number, 0 to 9999"
	case $1 in '' | *[!0-9]* | ?????*) return 1 ;; esac
}

is_v4() {
	case $1 in *[!0-9.]* | *..* | .* | *.) return 1 ;; *.*.*.*.*) return 1 ;; *.*.*.*) ;; *) return 1 ;; esac
	rest=$1.
	while [ -n "$rest" ]; do
		part=${rest%%.*}
		rest=${rest#*.}
		case $part in ????*) return 1 ;; esac
		[ "$part" -le 255 ] || return 1
	done
}

is_v6() {
	case $1 in
	*[!0-9A-Fa-f:]* | *:::* | *::*::* | :[!:]* | *[!:]:) return 1 ;;
	*:*:*) ;;
	*) return 1 ;;
	esac
	groups=0
	rest=$1:
	while [ -n "$rest" ]; do
		part=${rest%%:*}
		rest=${rest#*:}
		case $part in ?????*) return 1 ;; ?*) groups=$((groups + 1)) ;; esac
	done
	case $1 in *::*) [ "$groups" -lt 8 ] ;; *) [ "$groups" = 8 ] ;; esac
}
