# As docker.io/library/nginx: root, an entrypoint script, its own stop signal, logs on standard output and error.
FROM localhost/base
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends nginx-light && rm -rf /var/lib/apt/lists/*
RUN ln -sf /dev/stdout /var/log/nginx/access.log && ln -sf /dev/stderr /var/log/nginx/error.log && \
    sed -i 's#error_log .*#error_log /var/log/nginx/error.log notice;#' /etc/nginx/nginx.conf && \
    grep -q 'error.log notice' /etc/nginx/nginx.conf && mkdir /docker-entrypoint.d
COPY docker-entrypoint.sh /
COPY 10-say.sh /docker-entrypoint.d/
COPY index.html /var/www/html/index.html
EXPOSE 80
STOPSIGNAL SIGQUIT
ENTRYPOINT ["/docker-entrypoint.sh"]
CMD ["nginx", "-g", "daemon off;"]
