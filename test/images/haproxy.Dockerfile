# As docker.io/library/haproxy: a named user, an entrypoint found by PATH, and SIGUSR1 for letting connections finish.
FROM localhost/servers
COPY haproxy.cfg /usr/local/etc/haproxy/haproxy.cfg
COPY --chmod=0755 docker-entrypoint.sh /usr/local/bin/
USER haproxy
WORKDIR /var/lib/haproxy
EXPOSE 8080
STOPSIGNAL SIGUSR1
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["haproxy", "-f", "/usr/local/etc/haproxy/haproxy.cfg"]
