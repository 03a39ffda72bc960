# As the controller's own image is made, of Debian's HAProxy instead of Alpine's and without downloads: see images-build.sh.
FROM scratch
COPY . /
RUN mkdir -p /var/empty /etc/haproxy /var/lib/haproxy /var/run/haproxy && chown -R haproxy:haproxy /etc/haproxy /var/lib/haproxy /var/run/haproxy && chmod 0 /var/empty && setcap cap_net_bind_service=+ep /usr/local/sbin/haproxy && haproxy -v
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
STOPSIGNAL SIGTERM
USER 99
ENTRYPOINT ["/usr/bin/dumb-init", "--", "/start.sh"]
