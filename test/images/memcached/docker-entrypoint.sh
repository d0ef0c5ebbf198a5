#!/bin/sh
set -e
read -r megabytes </etc/memcached.megabytes
exec "$@" -l 0.0.0.0 -m "$megabytes"
