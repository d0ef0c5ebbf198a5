#!/bin/bash
# Makes the data directory at the first start, then runs the server as the user postgres.
set -euo pipefail
if [ "$(id -u)" = 0 ]; then
    chown postgres:postgres "$PGDATA"
    chmod 0700 "$PGDATA"
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    echo "docker-entrypoint: initialising the data directory"
    initdb --username=postgres --auth=trust >/dev/null
    echo "host all all all trust" >>"$PGDATA/pg_hba.conf"
fi
exec "$@"
