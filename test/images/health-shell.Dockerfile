# A health check that a shell runs: it is well as long as there is no file /data/ill, whose content it prints.
FROM localhost/base
COPY --from=localhost/goserver /goserver /usr/local/bin/goserver
RUN mkdir /data
ENV PORT=8080
HEALTHCHECK --interval=1s --timeout=1s --retries=2 CMD ! cat /data/ill 2>/dev/null && echo "well: $HOSTNAME"
CMD ["goserver"]
