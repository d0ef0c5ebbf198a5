# finit as /sbin/init, with a service in /etc/finit.d.
FROM localhost/base
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends finit finit-sysv && rm -rf /var/lib/apt/lists/*
COPY --from=localhost/goserver /goserver /usr/local/bin/goserver
COPY --chmod=0755 web /usr/local/bin/
COPY web.conf /etc/finit.d/
EXPOSE 8080
ENTRYPOINT ["/sbin/init"]
