# As dperson/samba: a user is made at each start, two daemons are started, one of them in the foreground, under tini.
FROM localhost/base
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends samba smbclient tini && \
    rm -rf /var/lib/apt/lists/* /usr/share/doc /usr/share/locale && install -d -m 1777 /share
COPY smb.conf /etc/samba/smb.conf
COPY --chmod=0755 samba.sh /usr/bin/
VOLUME /share /var/lib/samba
EXPOSE 137/udp 138/udp 139 445
ENTRYPOINT ["tini", "--", "samba.sh"]
