# shellcheck shell=bash disable=SC2154  # TESTBED: set in testbed
# A newer busybox than the machine's, for the tests of what runs in containers. Sourced by testbed.

# newer_busybox: fetches that of Debian 13, once, beside all that apt knows of this machine, and prints its path.
newer_busybox() {
    local dir=$TESTBED/busybox
    if [ ! -x "$dir/usr/bin/busybox" ]; then
        rm -rf "$dir"
        mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
        echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(mirror) trixie main" >"$dir/list"
        local apt=(apt-get -qq -o "Dir::Etc::SourceList=$dir/list" -o Dir::Etc::SourceParts=/dev/null -o APT::Sandbox::User=root
            -o "Dir::State::Lists=$dir/lists" -o "Dir::Cache=$dir/cache")
        (cd "$dir" && "${apt[@]}" update && "${apt[@]}" download busybox-static) >"$TESTBED/log/busybox.log" 2>&1 ||
            die "fetching the busybox of Debian 13 failed" "$TESTBED/log/busybox.log"
        dpkg -x "$dir"/busybox-static_*.deb "$dir"
    fi
    echo "$dir/usr/bin/busybox"
}
