# As images on s6-overlay 3: /init insists on being PID 1, builds what it needs in /run, and becomes s6-svscan there,
# with a script for every signal that shall end it.
FROM localhost/base
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends s6 && rm -rf /var/lib/apt/lists/* && \
    mkdir -p /package/admin/s6-overlay && ln -s /usr/bin /command
COPY --from=localhost/goserver /goserver /usr/local/bin/goserver
COPY --chmod=0755 init /init
COPY --chmod=0755 run finish /etc/services.d/web/
ENV PORT=8080 CLOSING=1s
EXPOSE 8080
ENTRYPOINT ["/init"]
