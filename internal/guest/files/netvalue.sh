# What address=, gateway=, dns=, search= and metric= accept. Each test sets
# $ret_hint to what that is.
# shellcheck shell=sh

is_address() {
	ret_hint="it takes ADDRESS/LENGTH, as 10.0.0.5/24 or fd00::5/64"
	case ${1#*/} in "$1" | '' | *[!0-9]* | ????*) return 1 ;; esac
	if is_v4 "${1%/*}"; then
		[ "${1#*/}" -le 32 ]
	else
		is_v6 "${1%/*}" && [ "${1#*/}" -le 128 ]
	fi
}

is_gateway() {
	ret_hint="it takes an address, as 10.0.0.1 or fe80::1"
	is_v4 "$1" || is_v6 "$1"
}

# The interface that is being read, $nic, may follow a link-local address.
is_dns() {
	ret_hint="it takes addresses, as 10.0.0.1,fd00::1"
	is_v4 "$1" || is_v6 "${1%"%$nic"}"
}

is_search() {
	ret_hint="it takes names of domains, as lan,example.org"
	case $1 in '' | -* | *[!A-Za-z0-9._-]*) return 1 ;; esac
}

is_metric() {
	ret_hint="it takes a number, 0 to 9999"
	case $1 in '' | *[!0-9]* | ?????*) return 1 ;; esac
}

is_v4() {
	case $1 in *[!0-9.]* | *..* | .* | *.) return 1 ;; *.*.*.*.*) return 1 ;; *.*.*.*) ;; *) return 1 ;; esac
	address_left=$1.
	while [ -n "$address_left" ]; do
		number=${address_left%%.*}
		address_left=${address_left#*.}
		case $number in ????*) return 1 ;; esac
		[ "$number" -le 255 ] || return 1
	done
}

is_v6() {
	case $1 in
	*[!0-9A-Fa-f:]* | *:::* | *::*::* | :[!:]* | *[!:]:) return 1 ;;
	*:*:*) ;;
	*) return 1 ;;
	esac
	groups=0
	address_left=$1:
	while [ -n "$address_left" ]; do
		group=${address_left%%:*}
		address_left=${address_left#*:}
		case $group in ?????*) return 1 ;; ?*) groups=$((groups + 1)) ;; esac
	done
	case $1 in *::*) [ "$groups" -lt 8 ] ;; *) [ "$groups" = 8 ] ;; esac
}
