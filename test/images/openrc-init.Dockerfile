# OpenRC with an init of its own, instead of sysvinit's.
FROM localhost/base
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends openrc && rm -rf /var/lib/apt/lists/*
COPY --from=localhost/goserver /goserver /usr/local/bin/goserver
COPY --chmod=0755 web /etc/init.d/web
RUN rc-update add web default
EXPOSE 8080
ENTRYPOINT ["/sbin/openrc-init"]
