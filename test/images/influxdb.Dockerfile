# As docker.io/library/influxdb: at the first start, the entrypoint runs the server for itself alone, makes a database, and
# ends it; then it becomes the server.
FROM localhost/base
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends influxdb influxdb-client && \
    rm -rf /var/lib/apt/lists/* /usr/share/doc /var/lib/influxdb && install -d -o influxdb -g influxdb /var/lib/influxdb
COPY influxdb.conf /etc/influxdb/
COPY --chmod=0755 entrypoint.sh /
ENV INFLUXDB_DB=reach
VOLUME /var/lib/influxdb
EXPOSE 8086
ENTRYPOINT ["/entrypoint.sh"]
CMD ["influxd"]
