# Upper layers delete, replace, re-create and hardlink what lower ones brought. What must come out of it stands in the
# end-to-end test.
FROM localhost/base
COPY --from=localhost/goserver /goserver /usr/local/bin/goserver
RUN mkdir -p /data /srv/t/gone /srv/t/again/sub /srv/t/kept && cd /srv/t && \
    echo secret >gone/secret && echo old >again/old && echo old >again/sub/old && echo kept >kept/file && \
    echo file >becomes-dir && mkdir becomes-file && echo x >becomes-file/x && \
    echo shared >link1 && ln link1 link2 && ln link1 link3 && echo carrier >carrier && ln carrier survivor && \
    echo single >single && ln -s kept dirlink && ln -s /etc absolute && chmod 2775 kept && chown 7:8 kept/file
RUN cd /srv/t && rm -r gone again becomes-dir becomes-file carrier && \
    rm link2 && echo replaced >link2 && rm /bin/uncompress
RUN cd /srv/t && mkdir -p again becomes-dir && echo new >again/new && echo inside >becomes-dir/inside && \
    echo now-a-file >becomes-file && ln single double && echo through >dirlink/through && \
    printf '#!/bin/sh\n' >/sbin/added && chmod 4755 /sbin/added
ENV PORT=8080
CMD ["goserver"]
