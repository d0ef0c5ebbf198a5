#!/bin/bash
set -e
if [ "$1" = influxd ] && [ ! -d /var/lib/influxdb/meta ]; then
    INFLUXDB_HTTP_BIND_ADDRESS=127.0.0.1:9999 influxd -config /etc/influxdb/influxdb.conf >/dev/null 2>&1 &
    until influx -port 9999 -execute "CREATE DATABASE $INFLUXDB_DB" 2>/dev/null; do sleep 0.2; done
    kill -TERM %1
    wait %1 || :
    echo "entrypoint: made the database $INFLUXDB_DB"
fi
exec "$@" -config /etc/influxdb/influxdb.conf
