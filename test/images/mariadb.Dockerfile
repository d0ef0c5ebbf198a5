# As docker.io/library/mariadb: starts as root, initialises its volume at the first start, drops privileges by itself,
# and needs the folder in /run that the image brings.
FROM localhost/base
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends mariadb-server && \
    rm -rf /var/lib/apt/lists/* /var/lib/mysql /etc/mysql/mariadb.conf.d/50-server.cnf && \
    mkdir -p /var/lib/mysql /run/mysqld && chown mysql:mysql /var/lib/mysql /run/mysqld && chmod 1777 /run/mysqld
COPY docker-entrypoint.sh /usr/local/bin/
VOLUME /var/lib/mysql
EXPOSE 3306
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["mariadbd"]
