# shellcheck shell=bash disable=SC2154  # TESTBED, label: set in testbed
# LXD and Incus, each from an empty folder, with a bridge of its own and a storage pool in plain folders. Sourced by testbed.

# unused FIRST: the first second byte from FIRST on, in steps of two, for which this machine has no route to 10.x.0.0/24.
unused() {
    local byte=$1
    while ip -4 route show to match "10.$byte.0.0/24" | grep -qv '^default'; do byte=$((byte + 2)); done
    echo "$byte"
}

# preseed BRIDGE BYTE: the bridge leads nowhere, and the host's firewall stays as it is.
preseed() {
    cat <<EOT
networks:
- name: $1
  type: bridge
  config:
    ipv4.address: 10.$2.0.1/24
    ipv6.address: fd42:7d:$2::1/64
    ipv4.nat: "false"
    ipv6.nat: "false"
    ipv4.firewall: "false"
    ipv6.firewall: "false"
storage_pools:
- {name: default, driver: dir}
profiles:
- name: default
  devices:
    eth0: {name: eth0, network: $1, type: nic}
    root: {path: /, pool: default, type: disk}
EOT
}

# start_daemon NAME BYTE KIND COMMAND…: with the KIND "named", its resolver asks the DNS server of its own bridge first, as that
# of a host where the names of containers are known. The file that says so is the daemon's alone: it has its own mounts, in
# which clients have to run, too.
start_daemon() {
    local name=$1 byte=$2 kind=$3 resolver=$TESTBED/run/$1.resolv.conf
    shift 3
    if [ "$kind" != named ]; then
        start "$name" "$@"
        return
    fi
    { echo "nameserver 10.$byte.0.1" && cat /etc/resolv.conf; } >"$resolver"
    # shellcheck disable=SC2016 # the shell inside is meant
    start "$name" unshare --mount --propagation private sh -c 'mount --bind "$0" /etc/resolv.conf && exec "$@"' "$resolver" "$@"
}

# start_lxd [named]
start_lxd() {
    if running lxd; then return; fi
    local byte
    byte=$(unused 200)
    run_lxd "$byte" "${1:-plain}"
    preseed "$label-lxd" "$byte" | lxd init --preseed >"$TESTBED/log/lxd-init.log" 2>&1 || die "setting LXD up failed" "$TESTBED/log/lxd-init.log"
}

# run_lxd [BYTE KIND]: with the state that it has, if it ran before.
run_lxd() {
    export LXD_DIR=$TESTBED/lxd LXD_CONF=$TESTBED/run/lxc
    mkdir -p "$LXD_DIR" "$LXD_CONF"
    start_daemon lxd "${1:-}" "${2:-plain}" lxd --group root
    await 60 lxd test -S "$LXD_DIR/unix.socket"
    lxd waitready --timeout 60 || die "LXD is not ready" "$TESTBED/log/lxd.log"
}

# start_incus [named]
start_incus() {
    if running incus; then return; fi
    local byte
    byte=$(unused 201)
    run_incus "$byte" "${1:-plain}"
    preseed "$label-incus" "$byte" | incus admin init --preseed >"$TESTBED/log/incus-init.log" 2>&1 || die "setting Incus up failed" "$TESTBED/log/incus-init.log"
}

# run_incus [BYTE KIND]: likewise.
run_incus() {
    export INCUS_DIR=$TESTBED/incus INCUS_CONF=$TESTBED/run/incus
    # Debian's incusd is started by systemd, which sets these.
    export INCUS_LXC_TEMPLATE_CONFIG=/usr/share/lxc/config INCUS_LXC_HOOK=/usr/share/lxc/hooks PATH=$PATH:/usr/libexec/incus
    mkdir -p "$INCUS_DIR" "$INCUS_CONF"
    start_daemon incus "${1:-}" "${2:-plain}" incusd --group root
    await 60 incus test -S "$INCUS_DIR/unix.socket"
    incus admin waitready --timeout 60 2>>"$TESTBED/log/incus-init.log" || die "Incus is not ready" "$TESTBED/log/incus.log"
}

# restart lxd|incus: kills the daemon, whatever it is doing, and starts it again. Its containers run meanwhile.
restart() {
    ! running "$1" || stop KILL 20 "$(cat "$TESTBED/run/$1.pid")" || die "$1 does not end"
    rm -f "$TESTBED/$1/unix.socket" # or else it seems to be there already
    "run_$1"
}
