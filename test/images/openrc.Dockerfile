# OpenRC's services under sysvinit, which runs what /etc/inittab has for a failing power supply when it gets SIGPWR. In
# Debian that is a script which no package brings.
FROM localhost/base
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends openrc sysvinit-core && rm -rf /var/lib/apt/lists/*
COPY --from=localhost/goserver /goserver /usr/local/bin/goserver
COPY --chmod=0755 web /etc/init.d/web
RUN rc-update add web default
EXPOSE 8080
ENTRYPOINT ["/sbin/init"]
