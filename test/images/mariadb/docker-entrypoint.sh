#!/bin/bash
# Makes the system tables and a user for the network at the first start, then runs the server as the user mysql.
set -euo pipefail
as_mysql() { setpriv --reuid=mysql --regid=mysql --init-groups "$@"; }
if [ ! -d /var/lib/mysql/mysql ]; then
    echo "docker-entrypoint: initialising the data directory"
    as_mysql mariadb-install-db --datadir=/var/lib/mysql --skip-test-db --auth-root-authentication-method=socket >/dev/null
    # One statement a line: that is how the server reads them here.
    printf '%s\n' "FLUSH PRIVILEGES;" "CREATE USER app@'%' IDENTIFIED BY 'sesame';" | as_mysql mariadbd --bootstrap --datadir=/var/lib/mysql
fi
exec setpriv --reuid=mysql --regid=mysql --init-groups "$@"
