# As lscr.io/linuxserver/wireguard without the kernel's module: the first start makes keys in a volume, wg-quick makes the
# tunnel, by a program that needs /dev/net/tun, and something stays in the foreground.
FROM localhost/base
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends wireguard-tools wireguard-go iproute2 iputils-ping procps && \
    rm -rf /var/lib/apt/lists/* /usr/share/doc
COPY --chmod=0755 entrypoint.sh /
ENV INTERNAL_SUBNET=10.98.0
VOLUME /config
EXPOSE 51820/udp
ENTRYPOINT ["/entrypoint.sh"]
