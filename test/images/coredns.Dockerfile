# As docker.io/coredns/coredns: one static program with a file capability, no shell and no C library, as nonroot.
FROM localhost/caps AS files
USER root
COPY --chmod=0755 coredns /coredns
RUN setcap cap_net_bind_service=+ep /coredns && mkdir /new /new/etc && \
    echo 'nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin' >/new/etc/passwd && echo 'nonroot:x:65532:' >/new/etc/group
FROM scratch
COPY --from=files /new/etc /etc
COPY Corefile hosts /
COPY --from=files /coredns /coredns
USER nonroot:nonroot
WORKDIR /
EXPOSE 53 53/udp
ENTRYPOINT ["/coredns"]
