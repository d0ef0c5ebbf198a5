# As docker.io/library/memcached: a user by name. How much memory it takes stands in a file that only a group of his may
# read, and not his first one.
FROM localhost/servers
RUN groupadd -g 11212 settings && useradd -m -d /home/cache -s /bin/sh -G settings cache && \
    echo 17 >/etc/memcached.megabytes && chown root:settings /etc/memcached.megabytes && chmod 0640 /etc/memcached.megabytes
COPY --chmod=0755 docker-entrypoint.sh /usr/local/bin/
USER cache
EXPOSE 11211
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["memcached"]
