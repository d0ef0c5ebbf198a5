# As docker.io/library/nextcloud: the application lies in /usr/src, and the entrypoint copies it into a volume at the first
# start and when the image has a newer one; then it becomes Apache with PHP, which SIGWINCH ends. (Nextcloud itself is no
# package of Debian. This application keeps notes in SQLite.)
FROM localhost/base
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends apache2 libapache2-mod-php8.2 php8.2-sqlite3 php8.2-cli rsync && \
    rm -rf /var/lib/apt/lists/* /usr/share/doc /usr/share/locale /var/www/html/* && chown www-data:www-data /var/www/html && \
    ln -sf /dev/stdout /var/log/apache2/access.log && ln -sf /dev/stderr /var/log/apache2/error.log && \
    ln -sf /dev/stdout /var/log/apache2/other_vhosts_access.log
COPY src /usr/src/app
COPY --chmod=0755 entrypoint.sh /
COPY --chmod=0755 apache2-foreground /usr/local/bin/
WORKDIR /var/www/html
VOLUME /var/www/html
EXPOSE 80
STOPSIGNAL SIGWINCH
ENTRYPOINT ["/entrypoint.sh"]
CMD ["apache2-foreground"]
