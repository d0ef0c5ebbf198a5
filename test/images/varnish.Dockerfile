# As docker.io/library/varnish: an ordinary user who listens on port 80, compiles its configuration with gcc, and loads what
# that makes and locks memory below /var/lib/varnish.
FROM localhost/base
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends varnish gcc libc6-dev && \
    rm -rf /var/lib/apt/lists/* /usr/share/doc /usr/share/locale && install -d -o varnish -g varnish /var/lib/varnish
COPY default.vcl /etc/varnish/
COPY --chmod=0755 docker-varnish-entrypoint /usr/local/bin/
ENV VARNISH_SIZE=50M
WORKDIR /etc/varnish
USER varnish
VOLUME /var/lib/varnish
EXPOSE 80
ENTRYPOINT ["docker-varnish-entrypoint"]
