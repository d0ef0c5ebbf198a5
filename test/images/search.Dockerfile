# As docker.io/library/elasticsearch: tini and a script that becomes a JVM as 1000:0, which keeps a Lucene index in mapped
# memory, and refuses a host that allows few mappings unless the environment has a name that no shell knows.
FROM localhost/base AS compiled
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends openjdk-17-jdk-headless liblucene8-java
COPY Search.java /build/
RUN cd /build && javac -cp '/usr/share/java/*' Search.java
FROM localhost/base
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless liblucene8-java tini && \
    rm -rf /var/lib/apt/lists/* /usr/share/doc /usr/share/locale
WORKDIR /usr/share/search
COPY --from=compiled /build/*.class lib/
COPY --chmod=0755 docker-entrypoint.sh /usr/local/bin/
RUN mkdir data logs && chown -R 1000:0 . && chmod -R g=u . && chmod 0775 data logs
USER 1000:0
EXPOSE 9200
ENTRYPOINT ["/usr/bin/tini", "--", "/usr/local/bin/docker-entrypoint.sh"]
CMD ["wrapper"]
