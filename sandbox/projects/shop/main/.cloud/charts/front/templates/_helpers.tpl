{{- define "front.labels" -}}
app: {{ .Release.Name }}
{{- end }}
