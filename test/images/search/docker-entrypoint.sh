#!/bin/bash
set -e
umask 0002
[ "$1" = wrapper ] || exec "$@"
exec java -XX:+AlwaysPreTouch -Xms64m -Xmx64m -Djava.io.tmpdir="$(mktemp -d)" -cp '/usr/share/search/lib:/usr/share/java/*' Search
