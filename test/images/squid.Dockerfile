# As docker.io/ubuntu/squid: starts as root, shows a log file by a tail in the background, and becomes another user.
FROM localhost/base
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends squid && rm -rf /var/lib/apt/lists/* && \
    printf '%s\n' 'http_port 3128' 'http_access allow all' 'cache_dir ufs /var/spool/squid 10 4 4' 'shutdown_lifetime 1 second' \
        'visible_hostname reach' >/etc/squid/squid.conf
COPY --chmod=0755 entrypoint.sh /usr/local/bin/
VOLUME /var/log/squid /var/spool/squid
EXPOSE 3128
ENTRYPOINT ["entrypoint.sh"]
CMD ["-f", "/etc/squid/squid.conf", "-NYC"]
