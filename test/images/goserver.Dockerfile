# One static program and nothing else: no shell, no /etc, no passwd, not even a folder to write to but its volume.
FROM scratch
COPY goserver /goserver
COPY --chown=65534:65534 data /data
USER 65534:65534
WORKDIR /data
VOLUME /data
ENV PORT=8080 CLOSING=1500ms
# Names and values that a shell would trip over.
ENV spaced="two  words" quoted="it's \"so\"" hostile='$(touch /data/pwned) `id` ; & | * ? \\ #' empty="" dotted.name-x=1
EXPOSE 8080
ENTRYPOINT ["/goserver"]
CMD ["a b", "", "$HOME", "'q'", "\"d\"", ";", "*", "back\\slash", "line\nbreak", "ünï"]
