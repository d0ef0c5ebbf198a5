# runit as PID 1, started by a script, as in images whose entrypoint prepares the system. It ends on SIGPWR.
FROM localhost/base
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends runit && rm -rf /var/lib/apt/lists/*
COPY --from=localhost/goserver /goserver /usr/local/bin/goserver
COPY --chmod=0755 1 2 3 /etc/runit/
COPY --chmod=0755 run /etc/service/web/
COPY --chmod=0755 entry /
EXPOSE 8080
ENTRYPOINT ["/entry"]
CMD ["/sbin/runit"]
