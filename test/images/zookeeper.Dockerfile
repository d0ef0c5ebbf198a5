# As docker.io/library/zookeeper: the entrypoint writes the configuration from variables, gives the volumes to a user,
# and becomes that. A quorum of one, which listens at the address that the host's name means.
FROM localhost/base
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless zookeeper netcat-openbsd && \
    rm -rf /var/lib/apt/lists/* /usr/share/doc /usr/share/locale && mkdir -p /conf /data /datalog && \
    cp -rL /etc/zookeeper/conf/. /conf && rm -f /conf/zoo.cfg /conf/myid /etc/zookeeper/conf && ln -s /conf /etc/zookeeper/conf
ENV PATH=$PATH:/usr/share/zookeeper/bin ZOOCFGDIR=/conf ZOO_4LW_COMMANDS_WHITELIST=ruok,srvr
COPY --chmod=0755 docker-entrypoint.sh /
VOLUME /data /datalog
EXPOSE 2181 2888 3888
ENTRYPOINT ["/docker-entrypoint.sh"]
CMD ["zkServer.sh", "start-foreground"]
