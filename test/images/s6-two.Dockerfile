# As images on s6-overlay 2, of which there are many still: what /init copies to /run lies in /etc/s6, and no script
# there knows SIGPWR, which s6-svscan then drops.
FROM localhost/s6
RUN rm -r /package /command && mkdir -p /etc/s6/init /etc/s6/services/.s6-svscan && mv /etc/services.d/web /etc/s6/services/
COPY --chmod=0755 init-stage1 /etc/s6/init/
COPY --chmod=0755 finish /etc/s6/services/.s6-svscan/
COPY --chmod=0755 init /init
