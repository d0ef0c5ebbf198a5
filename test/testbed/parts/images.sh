# shellcheck shell=bash disable=SC2154  # TESTBED, dockerfiles: set in testbed
# Building test/images with buildah and keeping them in the testbed's registry. Sourced by testbed.
#
# An image lives there as library/NAME:KEY, where the key is a hash of all it is made from, and as library/NAME:latest.
# Nothing is built whose key is there already.

# parents NAME: the images of ours that its Dockerfile starts or copies from.
parents() { sed -nE 's#^(FROM|COPY --from=)[ ]*localhost/([a-z0-9-]+).*#\2#p' "$dockerfiles/$1.Dockerfile"; }

# key NAME
key() {
    local parent
    {
        cat "$dockerfiles/$1.Dockerfile"
        if [ -d "$dockerfiles/$1" ]; then
            (cd "$dockerfiles/$1" && find . -type f | LC_ALL=C sort | xargs sha256sum)
        fi
        for parent in $(parents "$1"); do key "$parent"; done
    } | sha256sum | cut -c1-16
}

# manifests: the media types of what a build can make.
manifests() { echo "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"; }

# stored NAME: is the image, as its sources are now, in the registry?
stored() { curl -sf -o /dev/null -I -H "Accept: $(manifests)" "http://$address/v2/library/$1/manifests/$(key "$1")"; }

images() {
    registry
    address=$(cat "$TESTBED/run/registry.addr")
    # buildah's own storage: overlay where the file system can, else plain copies, which are slow.
    export BUILDAH_ISOLATION=chroot CONTAINERS_STORAGE_CONF=$TESTBED/build/storage.conf
    mkdir -p "$TESTBED/build"
    printf '[storage]\ndriver = "%s"\ngraphroot = "%s"\nrunroot = "%s"\n' "$(storage_driver)" "$TESTBED/build/graph" "$TESTBED/build/state" \
        >"$CONTAINERS_STORAGE_CONF"
    local name
    for name in "$@"; do
        [ -f "$dockerfiles/$name.Dockerfile" ] || die "no image $name in $dockerfiles"
        image "$name"
        # Tests move the tag "latest"; here it starts from what the Dockerfile says.
        skopeo copy -q --src-tls-verify=false --dest-tls-verify=false \
            "docker://$address/library/$name:$(key "$name")" "docker://$address/library/$name:latest"
    done
}

storage_driver() {
    mkdir -p "$TESTBED/build/probe"/{lower,upper,work,merged}
    if (cd "$TESTBED/build/probe" && mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged) 2>/dev/null; then
        umount "$TESTBED/build/probe/merged"
        echo overlay
    else
        echo vfs
    fi
}

# image NAME: builds it, its parents first, unless the registry has it.
image() {
    local name=$1 parent
    if stored "$name"; then return; fi
    for parent in $(parents "$name"); do
        image "$parent"
        buildah inspect --type image "localhost/$parent" >/dev/null 2>&1 || {
            buildah pull -q --tls-verify=false "$address/library/$parent:$(key "$parent")"
            buildah tag "$address/library/$parent:$(key "$parent")" "localhost/$parent"
        } >/dev/null
    done
    echo "building $name"
    local context=$TESTBED/build/context/$name
    mkdir -p "$context"
    [ ! -d "$dockerfiles/$name" ] || cp -a "$dockerfiles/$name/." "$context"
    prepare "$name" "$context"
    # OCI's format has no place for a health check, and a Dockerfile no way to say a newline.
    local options=(--format oci) newline=$'\n'
    ! grep -q '^HEALTHCHECK' "$dockerfiles/$name.Dockerfile" || options=(--format docker)
    ! grep -q '^ARG newline' "$dockerfiles/$name.Dockerfile" || options+=(--build-arg "newline=$newline")
    buildah bud -q --layers "${options[@]}" -f "$dockerfiles/$name.Dockerfile" -t "localhost/$name" "$context" >/dev/null
    buildah push -q --tls-verify=false "localhost/$name" "docker://$address/library/$name:$(key "$name")"
    rm -rf "$context"
}

# prepare NAME CONTEXT: what a Dockerfile cannot make by itself.
prepare() {
    case $1 in
    base)
        [ -n "$(mirror)" ] || apt-get update -qq
        sources | grep -E ' bookworm(-updates|-security)? main$' | sed 's/^/deb /' | mmdebstrap --quiet --variant=minbase bookworm "$2/debian.tar" -
        ;;
    busybox | busybox-init) cp /bin/busybox "$2/busybox" ;;
    musl)
        cp /bin/busybox "$2/busybox"
        cp "$(dpkg -L musl | grep '/libc\.so$')" "$2/ld-musl.so.1"
        musl-gcc -Os -Wall -o "$2/serve" "$dockerfiles/musl/serve.c"
        ;;
    # A module of its own: nothing else needs what CoreDNS is made of.
    coredns) (cd "$dockerfiles/coredns" && CGO_ENABLED=0 go build -trimpath -ldflags=-s -o "$2/coredns" .) ;;
    goserver) (cd "$dockerfiles/goserver" && CGO_ENABLED=0 go build -trimpath -ldflags=-s -o "$2/goserver" .) ;;
    esac
}
