# Takes arguments as the official image does; of Debian's Redis.
FROM scratch
COPY . /
RUN mkdir /data && chown redis:redis /data && chmod 1777 /data && redis-server --version
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
WORKDIR /data
USER 999:999
EXPOSE 6379
ENTRYPOINT ["redis-entrypoint"]
CMD ["redis-server"]
