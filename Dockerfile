FROM docker.io/library/swift:6.1-bookworm AS build
# Packages are not pinned, because Debian keeps only the newest version in a release, with its security fixes.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libsqlite3-dev libssl-dev zlib1g-dev libbrotli-dev libcmark-dev \
        libqrencode-dev libcurl4-openssl-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
ENV ALLCLEAR_ONLY_SERVER=1
# Dependencies come first, because they change less often than the sources.
COPY Package.swift ./
COPY Plugins Plugins
RUN swift package resolve
COPY Sources Sources
# The commit that `allclear --version` prints. The image has no git repository to read it from.
ARG ALLCLEAR_COMMIT=
# Links the Swift runtime statically.
RUN swift build --configuration release --static-swift-stdlib --product allclear \
    && strip .build/release/allclear -o /allclear

FROM docker.io/library/debian:bookworm-slim
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libsqlite3-0 libssl3 zlib1g libbrotli1 libcmark0.30.2 \
        libqrencode4 libcurl4 libstdc++6 ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 allclear \
    && useradd --uid 10001 --gid allclear --home-dir /data --no-create-home --shell /usr/sbin/nologin allclear \
    && install -d -o allclear -g allclear -m 0700 /data
COPY --from=build /allclear /usr/local/bin/allclear
# The server reads /data/config.json if that exists and ALLCLEAR_CONFIG is not set.
WORKDIR /data
ENV ALLCLEAR_DATABASE=/data/allclear.db \
    ALLCLEAR_LISTEN=0.0.0.0:8080
# The user is a number, because Kubernetes (runAsNonRoot) cannot tell whether a name is root.
USER 10001:10001
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["allclear", "health"]
ENTRYPOINT ["allclear"]
CMD ["serve"]
