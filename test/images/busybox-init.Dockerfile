# Busybox as /sbin/init, as in Alpine: /etc/inittab starts the services.
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "mkdir", "-p", "/sbin", "/usr/bin", "/usr/sbin", "/etc", "/tmp", "/run", "/dev", "/proc", "/sys", "/root"]
RUN ["/bin/busybox", "--install", "/bin"]
RUN ["/bin/busybox", "ln", "-s", "/bin/busybox", "/sbin/init"]
COPY inittab web stopped /etc/
COPY --from=localhost/goserver /goserver /usr/bin/goserver
EXPOSE 8080
ENTRYPOINT ["/sbin/init"]
