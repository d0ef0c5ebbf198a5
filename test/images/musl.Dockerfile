# As an image on Alpine: no glibc, busybox under symlinks, and a program for musl with its loader.
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "mkdir", "-p", "/sbin", "/usr/bin", "/usr/sbin", "/lib", "/root", "/var", "/run"]
RUN ["/bin/busybox", "--install", "-s"]
COPY passwd group /etc/
COPY ld-musl.so.1 serve /usr/lib/
RUN mv /usr/lib/serve /usr/bin/serve && mv /usr/lib/ld-musl.so.1 "/lib/ld-musl-$(uname -m).so.1" && \
    ln -s ../run /var/run && mkdir -m 1777 /tmp
USER guest
EXPOSE 8080
CMD ["serve"]
