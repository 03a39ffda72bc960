# Avant's image with the sandbox: a GitHub that runs as a pod. Never for production.
ARG AVANT
FROM ${AVANT}
COPY node_modules ./node_modules
COPY sandbox ./sandbox
