#!/bin/sh
# Runs what is in /docker-entrypoint.d, then the command.
set -e
for script in /docker-entrypoint.d/*.sh; do
    "$script"
done
exec "$@"
