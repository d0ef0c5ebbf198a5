#!/bin/sh
# A master that looks after its workers, in the foreground.
set -e
if [ "$1" = haproxy ]; then
    shift
    set -- haproxy -W -db "$@"
fi
exec "$@"
