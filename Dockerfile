# One image for both processes: the default command is everything in one; for workers alone give `node workers/main.ts`.
FROM node:24-slim AS dependencies
WORKDIR /avant
COPY package.json package-lock.json ./
# The optional packages are a Node for machines that lack one; this image has its own.
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM node:24-slim
WORKDIR /avant
ENV NODE_ENV=production
COPY --from=dependencies /avant/node_modules ./node_modules
COPY package.json ./
COPY app ./app
COPY workers ./workers
COPY manifests ./manifests
USER node
EXPOSE 3000 9090
CMD ["node", "app/main.ts"]
