# syntax=docker/dockerfile:1

# The first stage builds: any Rust image with at least the `rust-version` of Cargo.toml will do.
FROM rust:1-slim-trixie AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# Parts that are built on demand: `--build-arg FEATURES=delta`.
ARG FEATURES=""
COPY Cargo.toml Cargo.lock ./
COPY src src
COPY benches benches
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --locked --release --features "$FEATURES" --bin trichter \
    && cp target/release/trichter /usr/local/bin/trichter

# The second stage holds the binary, root certificates and nothing to log in to.
FROM gcr.io/distroless/cc-debian13:nonroot
COPY --from=build /usr/local/bin/trichter /usr/local/bin/trichter
COPY --chown=nonroot:nonroot jobs /app/jobs
COPY --chown=nonroot:nonroot sql /app/sql
COPY --chown=nonroot:nonroot config /app/config
WORKDIR /app
# The folder of the jobs is not writable; a mount or `config/s3.yaml` keeps what is published.
ENV TRICHTER_MARTS=/tmp/marts TRICHTER_LAKE=/tmp/lake
USER nonroot
# The binary is PID 1, so that it gets the scheduler's signals itself.
ENTRYPOINT ["/usr/local/bin/trichter"]
