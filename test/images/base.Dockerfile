# The smallest Debian, made by mmdebstrap: usr-merged, as the distributions' official images are.
FROM scratch
ADD debian.tar /
# As in the official images: no service starts while packages are installed, dpkg need not wait for the disk, and
# no package file stays behind.
RUN printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod 0755 /usr/sbin/policy-rc.d && \
    echo force-unsafe-io >/etc/dpkg/dpkg.cfg.d/image && \
    printf '%s\n' 'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb"; };' 'Dir::Cache::pkgcache "";' \
        'Dir::Cache::srcpkgcache "";' >/etc/apt/apt.conf.d/image-clean
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
CMD ["bash"]
