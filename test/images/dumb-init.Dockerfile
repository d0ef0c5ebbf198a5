# A program in a shell script under dumb-init, which signals both.
FROM localhost/servers
COPY --from=localhost/goserver /goserver /usr/local/bin/goserver
COPY --chmod=0755 serve /usr/local/bin/
ENV PORT=8080 CLOSING=1s
EXPOSE 8080
ENTRYPOINT ["dumb-init", "--"]
CMD ["serve"]
