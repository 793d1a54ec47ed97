# The image of the root module's program. It runs every role.
FROM golang:1.26.10-alpine AS build
WORKDIR /src
ENV GOWORK=off CGO_ENABLED=0
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
# The version that `countersign --version` prints.
ARG VERSION=dev
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    go build -trimpath -ldflags="-s -w -X countersign/internal/bootstrap.version=${VERSION}" -o /countersign .

FROM scratch
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Countersign" \
      org.opencontainers.image.description="Activates collaborations between an accounting office and its customers" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /countersign /countersign
USER 65532:65532
EXPOSE 8080 9090
# The api and the worker serve their health on the admin port. Compose disables the
# check for roles that run to their end.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["/countersign", "health", "http://127.0.0.1:9090/healthz"]
ENTRYPOINT ["/countersign"]
