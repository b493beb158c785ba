# One image for every service: docker run … longwire services/edge/src/main.ts
# Node runs the TypeScript as it is, so the image is the workspace with its dependencies; only the console's pages are built.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml tsconfig.json ./
COPY libs libs
COPY services services
COPY deploy/local/package.json deploy/local/package.json
RUN npx -y pnpm@12.21.0 install --frozen-lockfile --filter '{./services/*}...' \
 && npx -y pnpm@12.21.0 --filter @longwire/console build \
 && rm -rf node_modules services/*/node_modules libs/*/node_modules \
 && npx -y pnpm@12.21.0 install --frozen-lockfile --prod --filter '{./services/*}...'

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app .
COPY deploy/clickhouse deploy/clickhouse
# The edge's state; a volume that is mounted here for the first time takes this owner.
RUN install -d -o node -g node /var/lib/longwire
USER node
ENTRYPOINT ["node"]
CMD ["--version"]
