# shellcheck shell=bash
# Installing what the testbed and the end-to-end tests run, from the mirror that this machine's apt already uses. Sourced by testbed.

needed=(lxd lxd-client uidmap dnsmasq-base iproute2 buildah skopeo umoci docker-registry mmdebstrap squashfs-tools
    squashfs-tools-ng xdelta3 busybox-static xz-utils zstd attr libcap2-bin nginx-light ca-certificates curl perl-base musl-tools shellcheck btrfs-progs prometheus
    catatonit tini dumb-init less python3-pylxd caddy pebble chromium)
# A Node.js that is not Debian's brings npm along, and conflicts with Debian's.
command -v npm >/dev/null || needed+=(nodejs npm)
backported=(incus-base incus-client)

installed() { dpkg-query -W -f '${db:Status-Status}\n' "$@" 2>/dev/null | grep -cx installed | grep -qx $#; }

# sources: what apt knows, as "URI suite component" lines, in whichever format its files are written.
sources() {
    # shellcheck disable=SC2016  # apt's own placeholders
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' | sort -u
}

# mirror: the one for the suite bookworm.
mirror() { sources | awk '$2 == "bookworm" { print $1; exit }'; }

packages() {
    install_packages
    # Without an entry for root, LXD finds no ids for its containers. Its package makes one, on most machines.
    local file
    for file in /etc/subuid /etc/subgid; do
        grep -qs '^root:' "$file" || echo root:100000:10000001 >>"$file"
    done
}

# apt_install OPTIONS…: says what is installed and how much that is, before and while it is done.
apt_install() {
    LC_ALL=C apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=600 "$@" 2>&1 | tee -a "$TESTBED/log/packages.log" |
        sed -unE 's/^(Need to get|After this operation|Setting up) .*/   &/p' >&2
}

install_packages() {
    if installed "${needed[@]}" "${backported[@]}"; then return; fi
    export DEBIAN_FRONTEND=noninteractive
    echo "== installing packages of Debian, after asking what is new: $TESTBED/log/packages.log" >&2
    : >"$TESTBED/log/packages.log"
    apt-get update -qq
    [ -n "$(mirror)" ] || die "apt has no source for the suite bookworm: the testbed is made for Debian 12"
    apt_install "${needed[@]}" ||
        die "installing packages failed" "$TESTBED/log/packages.log"
    if installed "${backported[@]}"; then return; fi
    if ! sources | grep -q ' bookworm-backports main$'; then
        echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(mirror) bookworm-backports main" \
            >/etc/apt/sources.list.d/lxdocker-lab.list
        apt-get update -qq
    fi
    # Incus recommends virtual machines and a desktop's worth of libraries.
    apt_install -t bookworm-backports "${backported[@]}" ||
        die "installing Incus failed" "$TESTBED/log/packages.log"
}
