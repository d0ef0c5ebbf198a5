#!/bin/bash
set -euo pipefail
there=$(cat /var/www/html/VERSION 2>/dev/null || echo 0)
mine=$(cat /usr/src/app/VERSION)
if [ "$1" = apache2-foreground ] && dpkg --compare-versions "$mine" gt "$there"; then
    echo "entrypoint: installing $mine over $there"
    rsync -rlD --delete --exclude /data --exclude /config --chown=www-data:www-data /usr/src/app/ /var/www/html/
    install -d -o www-data -g www-data -m 0750 data config
    setpriv --reuid=www-data --regid=www-data --init-groups php install.php
fi
exec "$@"
