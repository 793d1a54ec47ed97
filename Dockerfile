# The one binary of the root module. The nested dev module stays out.
FROM golang:1.26.10-alpine AS build
WORKDIR /src
ENV GOWORK=off CGO_ENABLED=0
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    go build -trimpath -ldflags="-s -w" -o /countersign .

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /countersign /countersign
USER 65532:65532
EXPOSE 8080 9090
# Every role answers on its admin port.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["/countersign", "health", "http://127.0.0.1:9090/healthz"]
ENTRYPOINT ["/countersign"]
