# A program in the working directory: the entrypoint is relative to that, and the command is found by the image's own PATH.
FROM localhost/base
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends nodejs && \
    rm -rf /var/lib/apt/lists/* /usr/share/doc /usr/share/locale && \
    useradd -u 1000 -m node && mkdir -p /opt/node/bin && mv /usr/bin/node /opt/node/bin/ && rm -f /usr/bin/nodejs
ENV PATH=/opt/node/bin:$PATH NODE_ENV=production
WORKDIR /srv/app
COPY --chmod=0755 docker-entrypoint.sh server.js ./
USER node
EXPOSE 8080
ENTRYPOINT ["./docker-entrypoint.sh"]
CMD ["node", "server.js"]
