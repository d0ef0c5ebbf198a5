# As docker.io/library/docker, the variant dind: a script prepares mounts and control groups and becomes dockerd, whose
# containers are in a volume. It has an image of busybox to import.
FROM localhost/base
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends docker.io iptables busybox-static ca-certificates && \
    rm -rf /var/lib/apt/lists/* /usr/share/doc /usr/share/locale && \
    mkdir -p /small/bin && cp /bin/busybox /small/bin/ && for n in sh cat echo id ping httpd; do ln -s busybox /small/bin/$n; done
COPY --chmod=0755 dockerd-entrypoint.sh /usr/local/bin/
VOLUME /var/lib/docker
EXPOSE 2375
ENTRYPOINT ["dockerd-entrypoint.sh"]
