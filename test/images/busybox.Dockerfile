# As docker.io/library/busybox: one static binary under all names, by hardlinks.
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "/bin"]
RUN ["/bin/busybox", "mkdir", "-p", "-m", "1777", "/tmp"]
RUN ["mkdir", "-p", "/www", "/root", "/etc"]
RUN ["sh", "-c", "echo root:x:0:0:root:/root:/bin/sh >/etc/passwd && echo root:x:0: >/etc/group"]
EXPOSE 8080
CMD ["sh", "-c", "echo \"busybox $$\" >/www/index.html; echo serving; exec httpd -f -p 8080 -h /www"]
