# As dockurr/dnsmasq: starts as root, binds port 53, and becomes another user that keeps three capabilities.
FROM localhost/base
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends dnsmasq-base && rm -rf /var/lib/apt/lists/* && \
    printf '%s\n' no-resolv no-hosts user=dnsmasq address=/reach.test/192.0.2.1 >/etc/dnsmasq.conf
EXPOSE 53/udp 53/tcp
ENTRYPOINT ["dnsmasq", "--keep-in-foreground", "--log-facility=-"]
