# As ghcr.io/blakeblackshear/frigate: /init of s6-overlay, one process that puts frames of a device into shared memory, of
# which it needs more than 64 MiB, another that reads them there, and a volume for what is kept.
FROM localhost/s6-overlay
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends python3 && rm -rf /var/lib/apt/lists/* /usr/share/doc /etc/cont-init.d/* && \
    mkdir -p /media/recorder
COPY recorder.py /usr/local/bin/
COPY --chmod=0755 run /etc/services.d/web/
VOLUME /media/recorder
EXPOSE 8080
