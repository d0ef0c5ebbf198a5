# runit as Debian boots with it: /sbin/init is runit-init, and the stages are the distribution's.
FROM localhost/base
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends runit-init && rm -rf /var/lib/apt/lists/*
COPY --from=localhost/goserver /goserver /usr/local/bin/goserver
COPY --chmod=0755 run /etc/sv/web/
RUN ln -s /etc/sv/web /etc/runit/runsvdir/default/
EXPOSE 8080
ENTRYPOINT ["/sbin/init"]
