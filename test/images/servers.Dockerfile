# The packages of several small images, so that they are installed once.
FROM localhost/base
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update -qq && \
    apt-get install -y -qq --no-install-recommends haproxy memcached apache2-bin media-types python3 tini dumb-init && \
    rm -rf /var/lib/apt/lists/* /usr/share/doc /usr/share/locale
