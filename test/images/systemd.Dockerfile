# A whole system as an image, as ubi-init and others: systemd is PID 1 and ends on SIGRTMIN+3.
FROM localhost/base
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends systemd-sysv && rm -rf /var/lib/apt/lists/* && \
    : >/etc/machine-id
COPY --from=localhost/goserver /goserver /usr/local/bin/goserver
COPY web.service /etc/systemd/system/
RUN systemctl enable web.service && systemctl mask getty.target console-getty.service systemd-logind.service
STOPSIGNAL SIGRTMIN+3
EXPOSE 8080
ENTRYPOINT ["/sbin/init"]
