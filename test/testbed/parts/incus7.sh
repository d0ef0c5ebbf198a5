# shellcheck shell=bash disable=SC2154  # TESTBED, here, label: set in testbed
# Incus 7 from Debian sid, in a root of its own: its liblxc knows cgroup v2 only, and Debian 12 has neither. Sourced by testbed.
#
# The root, $TESTBED/sid, is kept from run to run; sid moves, so remove it to get the newest. Incus's state is $TESTBED/incus7, under
# that name inside as well as outside: so the host's own client finds the socket, and sweep the containers' monitors.

start_incus7() {
    if running incus7; then return; fi
    sid_root
    export INCUS_DIR=$TESTBED/incus7 INCUS_CONF=$TESTBED/run/incus7
    mkdir -p "$INCUS_DIR" "$INCUS_CONF" "$TESTBED/run/incus7-run"
    start incus7 unshare --mount bash "$here/parts/enter-sid" "$TESTBED/sid" "$INCUS_DIR" "$TESTBED/run/incus7-run"
    await 60 incus7 test -S "$INCUS_DIR/unix.socket"
    incus admin waitready --timeout 60 2>>"$TESTBED/log/incus7-init.log" || die "Incus 7 is not ready" "$TESTBED/log/incus7.log"
    preseed "$label-incus7" "$(unused 202)" | incus admin init --preseed >"$TESTBED/log/incus7-init.log" 2>&1 ||
        die "setting Incus 7 up failed" "$TESTBED/log/incus7-init.log"
}

# sid_root: makes the root unless it is there, as a whole or not at all.
sid_root() {
    # One from before this list was as long as it is now is made anew.
    if [ -x "$TESTBED/sid/usr/bin/incus" ] && [ -x "$TESTBED/sid/usr/bin/skopeo" ] && [ -x "$TESTBED/sid/usr/bin/xdelta3" ]; then return; fi
    installed debootstrap || apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=600 debootstrap >"$TESTBED/log/debootstrap.log" 2>&1 ||
        die "installing debootstrap failed" "$TESTBED/log/debootstrap.log"
    [ -n "$(mirror)" ] || apt-get update -qq
    rm -rf --one-file-system "$TESTBED/sid" "$TESTBED/sid.new"
    # netavark only because debootstrap installs nothing for a name that is no package, and skopeo depends on one such.
    debootstrap --variant=minbase \
        --include=incus-base,incus-client,skopeo,xdelta3,netavark,ca-certificates,iproute2,dnsmasq-base,squashfs-tools,xz-utils,zstd,e2fsprogs,rsync,attr,libnetfilter-queue1 \
        sid "$TESTBED/sid.new" "$(mirror)" >"$TESTBED/log/debootstrap.log" 2>&1 ||
        die "making a root with Incus 7 failed" "$TESTBED/log/debootstrap.log"
    rm -f "$TESTBED/sid.new"/var/cache/apt/archives/*.deb
    mv "$TESTBED/sid.new" "$TESTBED/sid"
}
