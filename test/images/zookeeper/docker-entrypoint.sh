#!/bin/bash
set -e
if [ "$1" = zkServer.sh ] && [ "$(id -u)" = 0 ]; then
    chown -R zookeeper /data /datalog /conf
    exec setpriv --reuid=zookeeper --regid=zookeeper --clear-groups "$0" "$@"
fi
[ -f /conf/zoo.cfg ] || printf '%s\n' dataDir=/data dataLogDir=/datalog tickTime=2000 initLimit=5 syncLimit=2 standaloneEnabled=false \
    admin.enableServer=false "4lw.commands.whitelist=$ZOO_4LW_COMMANDS_WHITELIST" "server.1=$(hostname):2888:3888;2181" >/conf/zoo.cfg
[ -f /data/myid ] || echo "${ZOO_MY_ID:-1}" >/data/myid
exec "$@"
