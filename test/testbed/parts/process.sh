# shellcheck shell=bash disable=SC2154  # TESTBED, label: set in testbed
# Starting processes, finding those of this testbed again, and ending exactly them. Sourced by testbed.

# Every process of the testbed carries this in its environment, and so do the children it starts: that is how a later run
# knows them for certain, whatever happened to the files with their ids.
marker=LXDOCKER_LAB_PART=$TESTBED

die() {
    printf 'testbed: %s\n' "$1" >&2
    if [ -n "${2:-}" ]; then
        printf 'testbed: the end of %s:\n' "$2" >&2
        tail -n 30 "$2" >&2
    fi
    exit 1
}

# start NAME COMMAND…: a daemon in a session of its own, its output in log/NAME.log, its id in run/NAME.pid.
start() {
    local name=$1
    shift
    : >"$TESTBED/log/$name.log" # here, or somebody who waits for a line might still find that of an earlier run
    env "$marker" setsid "$@" >>"$TESTBED/log/$name.log" 2>&1 </dev/null &
    echo $! >"$TESTBED/run/$name.pid"
}

# running NAME: does the process of run/NAME.pid exist, and is it ours (ids are reused)?
running() {
    local pid
    pid=$(cat "$TESTBED/run/$1.pid" 2>/dev/null) || return 1
    grep -sqzFx "$marker" "/proc/$pid/environ"
}

# await SECONDS NAME CONDITION…: until the condition holds; fails as soon as the daemon NAME is gone.
await() {
    local deadline=$((SECONDS + $1)) name=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        kill -0 "$(cat "$TESTBED/run/$name.pid")" 2>/dev/null || die "$name ended while it was starting" "$TESTBED/log/$name.log"
        [ $SECONDS -lt $deadline ] || die "$name is not ready in time" "$TESTBED/log/$name.log"
        sleep 0.1
    done
}

# monitor PID: is it liblxc's monitor of a container of this testbed? Incus starts those with an environment of its own.
monitor() {
    local line
    { line=$(tr '\0' ' ' <"/proc/$1/cmdline"); } 2>/dev/null || return 1
    [[ $line == "[lxc monitor] $TESTBED/"* ]]
}

# ours: the ids of all processes of this testbed.
ours() {
    local dir
    for dir in /proc/[0-9]*; do
        if grep -sqzFx "$marker" "$dir/environ" || monitor "${dir#/proc/}"; then echo "${dir#/proc/}"; fi
    done
}

# children PID
children() { cat "/proc/$1/task/"*/children 2>/dev/null || true; }

# stop SIGNAL SECONDS PID…: sends the signal and waits for the end of all of them; false when time is up.
stop() {
    local signal=$1 deadline=$((SECONDS + $2)) pid
    shift 2
    for pid in "$@"; do kill -"$signal" "$pid" 2>/dev/null || true; done
    for pid in "$@"; do
        while [ -e "/proc/$pid" ] && ! grep -sq '^State:.Z' "/proc/$pid/status"; do
            [ $SECONDS -lt $deadline ] || return 1
            sleep 0.05
        done
    done
}

# sweep: ends all that belongs to this testbed and removes what it leaves in the kernel. The built images stay.
sweep() {
    local pid daemons=() containers=() point link end
    for pid in $(ours); do
        daemons+=("$pid")
        if monitor "$pid"; then read -r -a containers <<<"${containers[*]} $(children "$pid")"; fi
    done
    # The containers first: were their monitor killed before them, they would run on without a parent.
    [ ${#containers[@]} -eq 0 ] || stop KILL 20 "${containers[@]}" || die "containers do not end: ${containers[*]}"
    [ ${#daemons[@]} -eq 0 ] || stop TERM 20 "${daemons[@]}" || stop KILL 20 "${daemons[@]}" || die "processes do not end: ${daemons[*]}"
    for link in "/sys/class/net/$label-"*; do # a test may have made more than the daemons'
        [ -e "$link" ] || continue
        # A daemon that was killed leaves the host's ends of its containers' interfaces.
        for end in "$link/brif"/*; do
            [ ! -e "$end" ] || ip link delete "${end##*/}"
        done
        ip link delete "${link##*/}"
    done
    # In reverse: what was mounted last goes first.
    awk -v testbed="$TESTBED/" 'index($5, testbed) == 1 { print $5 }' /proc/self/mountinfo | tac | while read -r point; do
        umount -l "$point"
    done
    rm -rf --one-file-system "$TESTBED/run" "$TESTBED/lxd" "$TESTBED/incus" "$TESTBED/incus7" "$TESTBED/build" "$TESTBED/registry-auth"
    mkdir -p "$TESTBED/run"
}
