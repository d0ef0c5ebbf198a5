# shellcheck shell=bash disable=SC2154  # TESTBED: set in testbed
# A whole Debian as the image servers of LXD and Incus have it, with systemd and cloud-init, and with what the package of
# lxdocker depends on: containers of a testbed reach no mirror. Sourced by testbed.
#
# system/SUITE/metadata.tar and system/SUITE/rootfs.tar are for `lxc image import`; they are kept from run to run.

# system [SUITE]: bookworm, the default, is Debian 12, trixie Debian 13.
system() {
    local suite=${1:-bookworm}
    local dir=$TESTBED/system/$suite
    if [ -e "$dir/rootfs.tar" ]; then return; fi
    rm -rf "$dir" "$dir.new"
    mkdir -p "$dir.new/templates"
    cat >"$dir.new/metadata.yaml" <<EOT
architecture: $(uname -m)
creation_date: $(date +%s)
properties: {os: Debian, release: $suite, variant: cloud, description: Debian $suite of the testbed}
templates:
  /etc/hostname: {when: [create, copy, rename], template: hostname.tpl}
  /var/lib/cloud/seed/nocloud-net/meta-data: {when: [create, copy, rename], template: meta-data.tpl}
  /var/lib/cloud/seed/nocloud-net/user-data: {when: [create, copy], template: user-data.tpl, properties: {default: "#cloud-config\n{}\n"}}
EOT
    echo '{{ container.name }}' >"$dir.new/templates/hostname.tpl"
    printf '%s\n' 'instance-id: {{ container.name }}' 'local-hostname: {{ container.name }}' >"$dir.new/templates/meta-data.tpl"
    echo '{{ config_get("cloud-init.user-data", properties.default) }}' >"$dir.new/templates/user-data.tpl"
    tar -C "$dir.new" -cf "$dir.new/metadata.tar" metadata.yaml templates
    [ -n "$(mirror)" ] || apt-get update -qq
    # The machine's apt has all sources of its own suite alone.
    { sources | grep -E " $suite(-updates|-security)? main\$" || echo "$(mirror) $suite main"; } | sed 's/^/deb /' |
        mmdebstrap --quiet --variant=apt --include=systemd-sysv,udev,dbus,iproute2,cloud-init,openssh-client,busybox-static,ca-certificates \
            --customize-hook="sh $here/parts/system-hook \"\$1\"" "$suite" "$dir.new/rootfs.tar" - >"$TESTBED/log/system-$suite.log" 2>&1 ||
        die "making a root of Debian $suite failed" "$TESTBED/log/system-$suite.log"
    mv "$dir.new" "$dir"
}
