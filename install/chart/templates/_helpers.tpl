{{/* Labels of one component's objects. Never app.kubernetes.io/managed-by: avant, by which Avant knows previews. */}}
{{- define "avant.labels" -}}
app.kubernetes.io/name: avant
app.kubernetes.io/component: {{ . }}
{{- end }}

{{/* The class of the previews' Ingresses. */}}
{{- define "avant.class" -}}
{{- dig "ingress" "class" "haproxy-v1" (.Values.config | default dict) -}}
{{- end }}

{{/* haproxy-ingress or haproxytech */}}
{{- define "avant.controller" -}}
{{- dig "ingress" "controller" "haproxy-ingress" (.Values.config | default dict) -}}
{{- end }}

{{/* The user whose writes are Avant's. */}}
{{- define "avant.user" -}}
{{- .Values.admission.user | default (printf "system:serviceaccount:%s:avant" .Release.Namespace) -}}
{{- end }}

{{- define "avant.edgeNamespace" -}}
{{- .Values.edge.namespace | default .Release.Namespace -}}
{{- end }}

{{/* avant.yaml: what is given; what is left out and known here is put in. */}}
{{- define "avant.config" -}}
{{- $config := deepCopy (.Values.config | default dict) -}}
{{- $_ := include "avant.domain" . -}}
{{- if and $config.namespace (ne $config.namespace .Release.Namespace) -}}
{{- fail (printf "config.namespace is %s, the release's namespace is %s: leave config.namespace out, or install with --namespace %s" $config.namespace .Release.Namespace $config.namespace) -}}
{{- end -}}
{{- $_ := set $config "namespace" .Release.Namespace -}}
{{- if .Values.edge.enabled -}}
{{- $tls := or .Values.edge.tls.secret .Values.edge.tls.offloaded -}}
{{- $ingress := $config.ingress | default dict -}}
{{- if and $tls (not (hasKey $ingress "tls")) -}}
{{- $_ := set $config "ingress" (set $ingress "tls" true) -}}
{{- end -}}
{{- if not (hasKey $config "door") -}}
{{- $door := dict "address" (printf "http://avant-door-inside.%s.svc:80" (include "avant.edgeNamespace" .)) -}}
{{- if $tls }}{{ $_ := set $door "headers" (dict "X-Forwarded-Proto" "https") }}{{ end -}}
{{- $_ := set $config "door" $door -}}
{{- end -}}
{{- end -}}
{{- toYaml $config -}}
{{- end }}

{{/* An image whose name always means the same: [value's name, value]. */}}
{{- define "avant.pinned" -}}
{{- $image := index . 1 -}}
{{- if or (not (regexMatch ":[A-Za-z0-9_][A-Za-z0-9_.-]*$" $image)) (hasSuffix ":latest" $image) -}}
{{- fail (printf "%s is %q: give a tag that always means the same (not latest), or a digest" (index . 0) $image) -}}
{{- end -}}
{{- $image -}}
{{- end }}

{{/* Image of Avant. */}}
{{- define "avant.image" -}}
{{- include "avant.pinned" (list "image" (required "image is not set: build it with the Dockerfile, push it, and give its name with the tag" .Values.image)) -}}
{{- end }}

{{/* Of a pod: nobody, and only system calls that containers need. */}}
{{- define "avant.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .user }}
runAsGroup: {{ .user }}
fsGroup: {{ .user }}
seccompProfile: {{ .seccompProfile | default (dict "type" "RuntimeDefault") | toJson }}
{{- end }}

{{/* Of a container. */}}
{{- define "avant.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* Where the queue is, for a container's env. */}}
{{- define "avant.redisEnv" -}}
{{- $redis := .Values.redis -}}
{{- if and $redis.enabled (not .Values.further) -}}
{{- $at := printf "avant-redis.%s.svc:6379" .Release.Namespace -}}
{{- if $redis.passwordSecret }}
- name: REDIS_PASSWORD
  valueFrom: { secretKeyRef: { name: {{ $redis.passwordSecret }}, key: password } }
- name: REDIS_URL
  value: redis://:$(REDIS_PASSWORD)@{{ $at }}
{{- else }}
- name: REDIS_URL
  value: redis://{{ $at }}
{{- end }}
{{- else if $redis.secret }}
- name: REDIS_URL
  valueFrom: { secretKeyRef: { name: {{ $redis.secret }}, key: REDIS_URL } }
{{- else }}
- name: REDIS_URL
  value: {{ required "Redis is not enabled: give redis.url, or redis.secret with the key REDIS_URL" $redis.url | quote }}
{{- end }}
{{- end }}

{{/* Env of web and workers, beside Redis. */}}
{{- define "avant.env" -}}
- name: AVANT_CONFIG
  value: /etc/avant/avant.yaml
- name: LOG_LEVEL
  value: {{ .Values.logLevel }}
- name: APP_ID
  valueFrom: { secretKeyRef: { name: {{ .Values.github.secret }}, key: APP_ID } }
- name: PRIVATE_KEY
  valueFrom: { secretKeyRef: { name: {{ .Values.github.secret }}, key: PRIVATE_KEY } }
{{- with .Values.github.host }}
- name: GHE_HOST
  value: {{ . | quote }}
- name: GHE_PROTOCOL
  value: {{ $.Values.github.protocol }}
{{- end }}
{{- if .Values.caConfigMap }}
- name: NODE_EXTRA_CA_CERTS
  value: /etc/avant-ca/ca.crt
{{- end }}
{{- end }}

{{/* Probes of a process of Avant: ready when it can do its work. */}}
{{- define "avant.probes" -}}
startupProbe:
  httpGet: { path: /healthz, port: admin }
  periodSeconds: 2
  failureThreshold: 60
livenessProbe:
  httpGet: { path: /healthz, port: admin }
  periodSeconds: 10
  timeoutSeconds: 5
readinessProbe:
  httpGet: { path: /readyz, port: admin }
  periodSeconds: 5
  timeoutSeconds: 5
{{- end }}

{{/* Volumes of web and workers: the config, a place to write, and what is trusted. */}}
{{- define "avant.volumes" -}}
- name: config
  configMap: { name: avant-config }
- name: tmp
  emptyDir: { sizeLimit: {{ .tmpSize }} }
{{- with .root.Values.caConfigMap }}
- name: ca
  configMap: { name: {{ . }} }
{{- end }}
{{- end }}

{{- define "avant.mounts" -}}
- { name: config, mountPath: /etc/avant, readOnly: true }
- { name: tmp, mountPath: /tmp }
{{- if .Values.caConfigMap }}
- { name: ca, mountPath: /etc/avant-ca, readOnly: true }
{{- end }}
{{- end }}

{{/* Spreads the pods of a component over nodes and zones, where there are several. */}}
{{- define "avant.spread" -}}
{{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
- maxSkew: 1
  topologyKey: {{ . }}
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels:
      {{- include "avant.labels" $ | nindent 6 }}
{{- end }}
{{- end }}

{{/* Who has Avant's rights: the service account, or the user of a kubeconfig. */}}
{{- define "avant.subjects" -}}
{{- if and .Values.admission.user (not (hasPrefix "system:serviceaccount:" .Values.admission.user)) -}}
- { kind: User, apiGroup: rbac.authorization.k8s.io, name: {{ .Values.admission.user | quote }} }
{{- else -}}
- { kind: ServiceAccount, name: avant, namespace: {{ .Release.Namespace }} }
{{- end }}
{{- end }}

{{- define "avant.domain" -}}
{{- required "config.domain is not set: give avant.yaml as `config`, with at least { domain: preview.example.com }" (.Values.config | default dict).domain | lower -}}
{{- end }}

{{/* Previews' domains, those of the tenants too, in lower case. */}}
{{- define "avant.domains" -}}
{{- $domains := list (include "avant.domain" .) -}}
{{- range $tenant, $own := .Values.config.tenants -}}
{{- if has $tenant (list "true" "false") }}{{ fail (printf "config.tenants has %s, which is how helm reads a bare no, off, yes or on: write the tenant in quotes, or call one that has this name otherwise" $tenant) }}{{ end -}}
{{- with dig "domain" "" ($own | default dict) }}{{ $domains = append $domains (lower .) }}{{ end -}}
{{- end -}}
{{- $domains | uniq | toJson -}}
{{- end }}

{{/* A list of words as a literal of CEL. */}}
{{- define "avant.cel" -}}
{{- $words := list -}}
{{- range . -}}
{{- if not (regexMatch "^[ !#-&(-\\[\\]-~]+$" .) }}{{ fail (printf "%q cannot stand in a policy: use ASCII without quotes and backslashes" .) }}{{ end -}}
{{- $words = append $words (printf "'%s'" .) -}}
{{- end -}}
[{{ join ", " $words }}]
{{- end }}

{{/* What `access.ways` names: Secrets with passwords, and who is asked. */}}
{{- define "avant.accessSecrets" -}}
{{- $secrets := list -}}
{{- range $name, $way := dig "access" "ways" dict (.Values.config | default dict) -}}
{{- with dig "secret" "" ($way | default dict) }}{{ $secrets = append $secrets (printf "%s/%s" (dig "secrets" "namespace" "" $.Values.config) .) }}{{ end -}}
{{- end -}}
{{- $secrets | toJson -}}
{{- end }}

{{- define "avant.accessRequests" -}}
{{- $requests := list -}}
{{- range $name, $way := dig "access" "ways" dict (.Values.config | default dict) -}}
{{- with dig "request" "" ($way | default dict) }}{{ $requests = append $requests . }}{{ end -}}
{{- end -}}
{{- $requests | toJson -}}
{{- end }}
