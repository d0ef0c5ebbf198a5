# As images of linuxserver.io on s6-overlay 3: /init and what follows are scripts that execute each other, run what is in
# cont-init.d, become s6-svscan, and keep the environment in /run for the services, which run as a user whose numbers the
# environment says. (Debian 12 has no s6-rc, with which s6-overlay itself starts services.)
FROM localhost/base
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends s6 execline && rm -rf /var/lib/apt/lists/* && \
    mkdir /command && ln -s /usr/bin/execline* /usr/bin/s6-* /command/ && groupadd -g 911 abc && \
    useradd -u 911 -g abc -d /config -s /bin/false abc && mkdir /config /defaults
COPY --from=localhost/goserver /goserver /usr/local/bin/goserver
COPY --chmod=0755 init /init
COPY --chmod=0755 with-contenv /command/
COPY --chmod=0755 libexec /package/admin/s6-overlay/libexec/
COPY --chmod=0755 signals /package/admin/s6-overlay/signals/
COPY --chmod=0755 cont-init.d /etc/cont-init.d/
COPY --chmod=0755 services.d /etc/services.d/
RUN ln -s /command/with-contenv /usr/bin/with-contenv
ENV PS1='$(whoami)@$(hostname):$(pwd)\$ ' HOME=/root TERM=xterm S6_VERBOSITY=1 PORT=8080 CLOSING=1s
VOLUME /config
EXPOSE 8080
ENTRYPOINT ["/init"]
