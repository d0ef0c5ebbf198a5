# As docker.io/library/elasticsearch: a JVM as the user 1000 of the group 0, to which all its folders belong.
FROM localhost/base
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless tomcat10 && \
    rm -rf /var/lib/apt/lists/* /usr/share/doc /usr/share/locale
ENV CATALINA_HOME=/usr/share/tomcat10 CATALINA_BASE=/usr/share/app
COPY index.jsp $CATALINA_BASE/webapps/ROOT/
RUN mkdir -p $CATALINA_BASE/logs $CATALINA_BASE/temp $CATALINA_BASE/work && cp -rL /etc/tomcat10 $CATALINA_BASE/conf && \
    chown -R 1000:0 $CATALINA_BASE && chmod -R g=u $CATALINA_BASE
WORKDIR $CATALINA_BASE
VOLUME $CATALINA_BASE/work
USER 1000:0
EXPOSE 8080
ENTRYPOINT ["/usr/share/tomcat10/bin/catalina.sh"]
CMD ["run"]
