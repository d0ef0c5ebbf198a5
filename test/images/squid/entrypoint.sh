#!/bin/bash
set -e
install -d -o proxy -g proxy /var/log/squid /var/spool/squid
tail -F /var/log/squid/access.log 2>/dev/null &
[ -d /var/spool/squid/00 ] || squid -N -f /etc/squid/squid.conf -z
exec squid "$@"
