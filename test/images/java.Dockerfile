# A Java virtual machine: it takes a part of the memory that it sees for its heap.
FROM localhost/base
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless && \
    rm -rf /var/lib/apt/lists/* /usr/share/doc /usr/share/locale
COPY --from=localhost/goserver /goserver /usr/local/bin/goserver
ENV PORT=8080
EXPOSE 8080
CMD ["goserver"]
