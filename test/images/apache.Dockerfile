# As docker.io/library/httpd: no entrypoint, a command found by PATH, and SIGWINCH for letting requests finish, which does
# nothing to a program without a handler.
FROM localhost/servers
WORKDIR /usr/local/apache2
ENV HTTPD_PREFIX=/usr/local/apache2
ENV PATH=$HTTPD_PREFIX/bin:$PATH
COPY httpd.conf conf/httpd.conf
COPY index.html htdocs/index.html
COPY --chmod=0755 httpd-foreground bin/
RUN mkdir logs
EXPOSE 80
STOPSIGNAL SIGWINCH
CMD ["httpd-foreground"]
