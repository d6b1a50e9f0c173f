# The image holds one static binary and nothing to break into: no shell, no
# package manager, no user but the one that runs it.
#
#   docker build -t encore-sandbox .
#   docker run --rm -p 127.0.0.1:8080:8080 encore-sandbox
#
# Publish the port on 127.0.0.1, as above: the sandbox has no password, so
# whoever reaches the port can use it.

FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src
# Modules first: they change less often than the sources, so their layer stays.
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETOS=linux
ARG TARGETARCH
ARG VERSION=dev
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath \
    -ldflags "-s -w -X main.version=$VERSION" \
    -o /out/encore-sandbox ./cmd/encore-sandbox

FROM scratch
ARG VERSION=dev
ARG REVISION=
LABEL org.opencontainers.image.title="Encore Sandbox" \
      org.opencontainers.image.description="Every outside system that an Encore integrator talks to, on one port" \
      org.opencontainers.image.source="https://github.com/encore-sandbox/sandbox" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
# For webhooks to https targets.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/encore-sandbox /encore-sandbox
# A number, since there is no /etc/passwd to look a name up in.
USER 65532:65532
# Inside a container the loopback address cannot be published.
ENV ENCORE_SANDBOX_ADDR=0.0.0.0:8080
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["/encore-sandbox", "health"]
ENTRYPOINT ["/encore-sandbox"]
CMD ["serve"]
