# As docker.io/dovecot/dovecot: tini starts a server as root, whose processes are several other users, some of them in a
# chroot; mail belongs to vmail, in a volume.
FROM localhost/base
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends dovecot-imapd tini && \
    rm -rf /var/lib/apt/lists/* /usr/share/doc /usr/share/locale /etc/dovecot/conf.d && groupadd -g 1000 vmail && \
    useradd -u 1000 -g 1000 -d /srv/mail vmail && install -d -o vmail -g vmail /srv/mail
COPY dovecot.conf users /etc/dovecot/
VOLUME /etc/dovecot /srv/mail
EXPOSE 143
ENTRYPOINT ["/usr/bin/tini", "--"]
CMD ["/usr/sbin/dovecot", "-F"]
