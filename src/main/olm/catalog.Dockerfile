# docker build -f src/main/olm/catalog.Dockerfile src/main/olm
# What a CatalogSource names as its image; the layout is that of `opm generate dockerfile`.
FROM quay.io/operator-framework/opm:v1.55.0
ENTRYPOINT ["/bin/opm"]
CMD ["serve", "/configs", "--cache-dir=/tmp/cache"]
COPY catalog /configs
RUN ["/bin/opm", "serve", "/configs", "--cache-dir=/tmp/cache", "--cache-only"]
LABEL operators.operatorframework.io.index.configs.v1=/configs
