# As docker.io/library/postgres: starts as root, makes its data directory as the user postgres at the first start, takes
# SIGINT for a fast but clean end, and keeps its socket in a folder of /var/run that the image brings.
FROM localhost/base
ENV DEBIAN_FRONTEND=noninteractive
# Without the JIT compiler, which is more than half of it.
RUN mkdir /etc/postgresql-common && echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf && \
    apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql-15 && \
    rm -rf /var/lib/apt/lists/* /var/lib/postgresql /usr/lib/*/libLLVM* /usr/lib/postgresql/15/lib/bitcode /usr/lib/postgresql/15/lib/llvmjit* && \
    install -d -o postgres -g postgres -m 3777 /var/run/postgresql && \
    install -d -o postgres -g postgres -m 1777 /var/lib/postgresql /var/lib/postgresql/data
ENV PATH=$PATH:/usr/lib/postgresql/15/bin PGDATA=/var/lib/postgresql/data
COPY --chmod=0755 docker-entrypoint.sh /usr/local/bin/
VOLUME /var/lib/postgresql/data
EXPOSE 5432
STOPSIGNAL SIGINT
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres", "-c", "listen_addresses=*"]
