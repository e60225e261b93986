FROM docker.io/library/swift:6.1-bookworm AS build
# Packages are not pinned: Debian keeps only the newest of a release, with its security fixes.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libsqlite3-dev libssl-dev zlib1g-dev libbrotli-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
ENV ALLCLEAR_ONLY_SERVER=1
# The dependencies first: they change less often than the sources do.
COPY Package.swift ./
COPY Plugins Plugins
RUN swift package resolve
COPY Sources Sources
# The commit that `allclear --version` names; there is no git here to ask.
ARG ALLCLEAR_COMMIT=
# The Swift runtime is linked in.
RUN swift build --configuration release --static-swift-stdlib --product allclear \
    && strip .build/release/allclear -o /allclear

FROM docker.io/library/debian:bookworm-slim
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libsqlite3-0 libssl3 zlib1g libbrotli1 libstdc++6 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 allclear \
    && useradd --uid 10001 --gid allclear --home-dir /data --no-create-home --shell /usr/sbin/nologin allclear \
    && install -d -o allclear -g allclear -m 0700 /data
COPY --from=build /allclear /usr/local/bin/allclear
# /data/config.json is the configuration, if it is there and ALLCLEAR_CONFIG names no other.
WORKDIR /data
ENV ALLCLEAR_DATABASE=/data/allclear.db \
    ALLCLEAR_LISTEN=0.0.0.0:8080
# By number, so that Kubernetes (runAsNonRoot) sees that it is not root.
USER 10001:10001
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["allclear", "health"]
ENTRYPOINT ["allclear"]
CMD ["serve", "--first-key"]
