# Network interfaces: which there are, and how one is brought up and forgotten.
#
# State: $nic is the one at hand; $order are those that there were, the first one first.
# shellcheck shell=sh
# shellcheck disable=SC2086 # $bb is one word

# find_nics: sets $ret_nics to the interfaces to look after, each as NAME:INDEX,
# because one that has gone and come back is another one. eth0 is first.
find_nics() {
	ret_nics=
	seen=
	for entry in /proc/sys/net/ipv4/conf/eth[0-9] /proc/sys/net/ipv4/conf/eth[0-9][0-9] /proc/sys/net/ipv4/conf/*; do
		nic=${entry##*/}
		case " $seen " in *" $nic "*) continue ;; esac
		seen="$seen $nic"
		is_ours "$nic" || continue
		index=
		[ ! -r "/sys/class/net/$nic/ifindex" ] || read -r index <"/sys/class/net/$nic/ifindex"
		ret_nics="$ret_nics $nic:$index"
	done 2>/dev/null # one may go while it is looked at
}

# is_ours NIC: is it one that the host has given to the container? All that are
# there before anything runs are, except those that the kernel puts into every
# network namespace. Later, an application may have made it (a tunnel, the
# bridge of a nested Docker): then only its name can make it ours.
is_ours() {
	case $1 in
	all | default | lo | [!A-Za-z0-9_]* | *[!A-Za-z0-9._-]*) return 1 ;;
	eth[0-9] | eth[0-9][0-9]) return 0 ;;
	gretap0 | erspan0 | ip6gretap0 | sit0 | gre0 | tunl0 | ip6tnl0 | ip6gre0 | ip_vti0 | ip6_vti0) return 1 ;;
	esac
	case $newline$nic_config in *"$newline$1 "*) return 0 ;; esac
	case " $order " in *" $1 "*) return 0 ;; esac
	[ -z "$started" ] || return 1
	type=1 # Ethernet
	[ ! -r "/sys/class/net/$1/type" ] || read -r type <"/sys/class/net/$1/type"
	[ "$type" = 1 ]
}

# bring_up NIC: as the instance wants it, or else by DHCP. Sets $ret_mode to dhcp,
# static, host (which has configured it) or none.
bring_up() {
	nic=$1
	configure
	ret_mode=$default_mode
	case " $ret_words " in
	*" none "*) ret_mode=none ;;
	*" dhcp "*) ret_mode=dhcp ;;
	*" address="*) ret_mode=static ;;
	*) ! host_configured "$nic" || ret_mode=host ;;
	esac
	[ -z "$nic_fixed4" ] || [ "$ret_mode" != dhcp ] || ret_mode=static
	[ -z "$app_container" ] || [ -n "$started" ] || ret_mode=host
	case $ret_mode in
	host) return ;;
	none)
		ignore_routers
		return
		;;
	esac
	if [ "$nic_metric" != 0 ] && write_sysctl "net/ipv6/conf/$nic/ra_defrtr_metric" $((1024 + nic_metric)); then
		forget_routers
	fi
	link_up "$nic" # liblxc has done it for those that are there from the start
	! has_link "$nic" || linked="$linked $nic"
	fixed_addresses
	if [ "$ret_mode" = dhcp ]; then
		detached udhcpc
		detached udhcpc6
	fi
}

# rank NIC: puts it into $order, where it stays, and sets $ret_metric, the metric
# of its default route: 0, which is none, for the first.
rank() {
	case " $order " in
	*" $1 "*) ;;
	*)
		order="$order $1"
		echo "$order" >"$state/net.order"
		;;
	esac
	ret_metric=0
	for other in $order; do
		[ "$other" != "$1" ] || break
		ret_metric=$((ret_metric + 100))
	done
}

# has_link NIC: is there a cable in it, so to speak? The carrier would be there a
# bit earlier, but until the state is "up" the kernel may drop what is sent.
has_link() {
	link=
	{ read -r link <"/sys/class/net/$1/operstate"; } 2>/dev/null
	case $link in up | unknown) return 0 ;; esac
	return 1
}

# take_down NIC: it has gone. KILL, because udhcpc has nothing to tidy up, and
# because one that has just been started ignores TERM like this script.
take_down() {
	! is_running "$state/net.$1.pid" || kill -KILL "$ret_pid"
	! is_running "$state/net.$1.dhcpv6-pid" || kill -KILL "$ret_pid"
	forget "$1"
	forget_link "$1"
	[ -n "$resolv_kept" ] || write_resolv
}

# forget NIC: removes what is written down about it. (net.NIC.* would be files of
# the interface NIC.5, too.)
forget() {
	$bb rm -f "$state/net.$1.pid" "$state/net.$1.dhcpv6-pid" "$state/net.$1.lease" "$state/net.$1.keep-lease" \
		"$state/net.$1.fixed" "$state/net.$1.dns" "$state/net.$1.dhcpv6-dns"
}
