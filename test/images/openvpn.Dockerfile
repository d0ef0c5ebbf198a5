# As docker.io/kylemanna/openvpn: a script makes /dev/net/tun if it is missing, and becomes OpenVPN, whose keys are in a volume.
# A tunnel with a shared key is enough here; REMOTE makes it the other end.
FROM localhost/base
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends openvpn iputils-ping && rm -rf /var/lib/apt/lists/* /usr/share/doc
COPY --chmod=0755 ovpn_run /usr/local/bin/
VOLUME /etc/openvpn
EXPOSE 1194/udp
CMD ["ovpn_run"]
