# Network interfaces: which there are, and how one is brought up and down.
# shellcheck shell=sh
# shellcheck disable=SC2154,SC2034 # variables of lib.sh, netplan.sh, netwatch and each other

# find_nics: sets $found to the interfaces to look after, each as NAME:INDEX, as
# one that has gone and come again is another one. eth0 is first.
find_nics() {
	found=
	seen=
	for at in /proc/sys/net/ipv4/conf/eth[0-9] /proc/sys/net/ipv4/conf/eth[0-9][0-9] /proc/sys/net/ipv4/conf/*; do
		nic=${at##*/}
		case " $seen " in *" $nic "*) continue ;; esac
		seen="$seen $nic"
		is_ours "$nic" || continue
		index=
		[ ! -r "/sys/class/net/$nic/ifindex" ] || read -r index <"/sys/class/net/$nic/ifindex"
		found="$found $nic:$index"
	done 2>/dev/null # one may go while it is looked at
}

# is_ours NIC: is it one that the host has given to the container? All that are
# there before anything runs are, but for those that the kernel puts into every
# network namespace. Later, an application may have made it (a tunnel, the
# bridge of a nested Docker): then it is ours by its name only.
is_ours() {
	case $1 in
	all | default | lo | [!A-Za-z0-9_]* | *[!A-Za-z0-9._-]*) return 1 ;;
	eth[0-9] | eth[0-9][0-9]) return 0 ;;
	gretap0 | erspan0 | ip6gretap0 | sit0 | gre0 | tunl0 | ip6tnl0 | ip6gre0 | ip_vti0 | ip6_vti0) return 1 ;;
	esac
	case $newline$wishes in *"$newline$1 "*) return 0 ;; esac
	case " $order " in *" $1 "*) return 0 ;; esac
	[ -z "$settled" ] || return 1
	type=1 # Ethernet
	[ ! -r "/sys/class/net/$1/type" ] || read -r type <"/sys/class/net/$1/type"
	[ "$type" = 1 ]
}

# bring_up NIC: as the instance wants it, or else by DHCP. Sets $mode to dhcp,
# static, host (who has done it all) or none.
bring_up() {
	nic=$1
	rank "$nic"
	wishes_for "$nic"
	sort_words
	mode=$policy
	case " $words " in
	*" none "*) mode=none ;;
	*" dhcp "*) mode=dhcp ;;
	*" address="*) mode=static ;;
	*) ! host_configured "$nic" || mode=host ;;
	esac
	[ -z "$fixed4" ] || [ "$mode" != dhcp ] || mode=static
	[ -z "$app_container" ] || [ -n "$settled" ] || mode=host
	case $mode in
	host) return ;;
	none)
		write_sysctl "net/ipv6/conf/$nic/accept_ra" 0
		return
		;;
	esac
	[ "$metric" = 0 ] || write_sysctl "net/ipv6/conf/$nic/ra_defrtr_metric" $((1024 + metric))
	link_up "$nic"
	fixed_addresses
	if [ "$mode" = dhcp ]; then
		orphaned udhcpc
		orphaned udhcpc6
	fi
}

# rank NIC: puts it into $order, where it stays, and sets $metric, that of its
# default route: 0, which is none, for the first.
rank() {
	case " $order " in
	*" $1 "*) ;;
	*)
		order="$order $1"
		echo "$order" >"$state/net.order"
		;;
	esac
	metric=0
	for other in $order; do
		[ "$other" != "$1" ] || break
		metric=$((metric + 100))
	done
}

# link_up NIC: liblxc has done it for those that are there from the start.
link_up() {
	flags=0
	[ ! -r "/sys/class/net/$1/flags" ] || read -r flags <"/sys/class/net/$1/flags"
	[ $((flags & 1)) = 1 ] || $bb ip link set "$1" up
	! has_link "$1" || linked="$linked $1"
}

# has_link NIC: is a cable in it, so to speak? The carrier would be there a bit
# earlier, but until the state is "up" the kernel may drop what is sent.
has_link() {
	link=
	{ read -r link <"/sys/class/net/$1/operstate"; } 2>/dev/null
	case $link in up | unknown) return 0 ;; esac
	return 1
}

# take_down NIC: it has gone. KILL, as udhcpc has nothing to tidy up, and as one
# that has just been started ignores TERM like this script.
take_down() {
	! runs "$state/net.$1.pid" udhcpc || kill -KILL "$pid"
	! runs "$state/net.$1.pid6" udhcpc6 || kill -KILL "$pid"
	$bb rm -f "$state/net.$1".*
	[ -n "$resolv_kept" ] || write_resolv
}
