# shellcheck shell=bash disable=SC2154  # TESTBED: set in testbed
# A whole Debian 12 as the image servers of LXD and Incus have it, with systemd and cloud-init, and with what the package of
# lxdocker depends on: containers of a testbed reach no mirror. Sourced by testbed.
#
# system/metadata.tar and system/rootfs.tar are for `lxc image import`; they are kept from run to run.

system() {
    local dir=$TESTBED/system
    if [ -e "$dir/rootfs.tar" ]; then return; fi
    rm -rf "$dir" "$dir.new"
    mkdir -p "$dir.new/templates"
    cat >"$dir.new/metadata.yaml" <<EOT
architecture: $(uname -m)
creation_date: $(date +%s)
properties: {os: Debian, release: bookworm, variant: cloud, description: Debian bookworm of the testbed}
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
    sources | grep -E ' bookworm(-updates|-security)? main$' | sed 's/^/deb /' |
        mmdebstrap --quiet --variant=apt --include=systemd-sysv,udev,dbus,iproute2,cloud-init,busybox-static,ca-certificates \
            --customize-hook="sh $here/parts/system-hook \"\$1\"" bookworm "$dir.new/rootfs.tar" - >"$TESTBED/log/system.log" 2>&1 ||
        die "making a root of Debian failed" "$TESTBED/log/system.log"
    mv "$dir.new" "$dir"
}
