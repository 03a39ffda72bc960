# One image for webhooks, workers and the command `avant`. The default command is everything in one process; for workers alone
# give `node workers/main.ts`. It runs as any user, on a read-only root with a writable /tmp. docs/cli.md has more.

# helm renders charts; it is built from its Go module, as install/helm.sh does where there is no container.
FROM golang:1.26 AS helm
WORKDIR /helm
COPY install/helm/go.mod install/helm/go.sum ./
RUN CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o /usr/local/bin/helm helm.sh/helm/v4/cmd/helm

FROM node:24-slim AS dependencies
WORKDIR /avant
COPY package.json package-lock.json ./
# The optional packages are a Node for machines that lack one; this image has its own. Declarations and source maps, two thirds of
# what is left, are for editors.
RUN npm ci --omit=dev --omit=optional --ignore-scripts && find node_modules \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' \) -type f -delete

# Debian has util-linux, which helm is confined with: unshare and prlimit.
FROM node:24-slim
ENV NODE_ENV=production AVANT_HELM=/usr/local/bin/helm
WORKDIR /avant
COPY --from=helm /usr/local/bin/helm /usr/local/bin/helm
COPY --from=dependencies /avant/node_modules ./node_modules
COPY package.json app.yml ./
COPY app ./app
COPY workers ./workers
COPY manifests ./manifests
RUN ln -s /avant/app/cli/avant.mjs /usr/local/bin/avant && helm version --short && unshare --version && prlimit --version
# `node` of the base image; a number, so that Kubernetes can tell that it is not root (runAsNonRoot).
USER 1000:1000
EXPOSE 3000 9090
CMD ["node", "app/main.ts"]
