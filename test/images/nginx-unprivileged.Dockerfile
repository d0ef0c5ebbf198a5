# As docker.io/nginxinc/nginx-unprivileged: a number as the user, who has to open /dev/stdout and /dev/stderr by himself.
FROM localhost/nginx
RUN groupadd -g 101 web && useradd -u 101 -g 101 -M -d /nonexistent -s /bin/false web
COPY nginx.conf /etc/nginx/nginx.conf
USER 101
EXPOSE 8080
