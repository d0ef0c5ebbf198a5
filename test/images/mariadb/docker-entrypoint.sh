#!/bin/bash
# Makes the system tables at the first start, then runs the server as the user mysql.
set -euo pipefail
if [ ! -d /var/lib/mysql/mysql ]; then
    echo "docker-entrypoint: initialising the data directory"
    setpriv --reuid=mysql --regid=mysql --init-groups \
        mariadb-install-db --user=mysql --datadir=/var/lib/mysql --skip-test-db --auth-root-authentication-method=socket >/dev/null
fi
exec setpriv --reuid=mysql --regid=mysql --init-groups "$@"
