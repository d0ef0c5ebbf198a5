# A program that listens on port 80 as an ordinary user, by its file capability (as caddy and coredns do).
FROM localhost/base
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends libcap2-bin && rm -rf /var/lib/apt/lists/* && \
    groupadd -g 2000 extra && useradd -u 1500 -G extra web && \
    install -d -o web -g web /data
COPY --from=localhost/goserver /goserver /usr/local/bin/goserver
RUN setcap cap_net_bind_service=+ep /usr/local/bin/goserver
USER web
ENV PORT=80
CMD ["goserver"]
