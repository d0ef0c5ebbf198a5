# As docker.io/prom/prometheus: one program as nobody, by name; its working directory is its volume, and what its
# configuration names are absolute links.
FROM localhost/base
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends prometheus && rm -rf /var/lib/apt/lists/* /usr/share/doc && \
    mkdir -p /usr/share/prometheus/consoles && rm -rf /etc/prometheus/* /etc/default/prometheus && \
    install -d -o nobody -g nogroup /prometheus && ln -s /usr/share/prometheus/consoles /etc/prometheus/consoles
COPY prometheus.yml /etc/prometheus/
USER nobody
WORKDIR /prometheus
VOLUME /prometheus
EXPOSE 9090
ENTRYPOINT ["/bin/prometheus"]
CMD ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus", "--web.console.templates=/etc/prometheus/consoles"]
