{{- define "mlops-bot.name" -}}
{{ .Values.nameOverride | default .Chart.Name }}
{{- end }}

{{/* At most 40 characters, so that what is appended fits into labels of 63; cut names stay different by a hash. */}}
{{- define "mlops-bot.fullname" -}}
{{- $name := include "mlops-bot.name" . -}}
{{- $full := .Values.fullnameOverride | default (ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name)) | replace "." "-" -}}
{{- if gt (len $full) 40 -}}
{{ printf "%s-%s" ($full | trunc 31 | trimSuffix "-") (sha256sum $full | trunc 8) }}
{{- else -}}
{{ $full }}
{{- end }}
{{- end }}

{{- define "mlops-bot.account" -}}
{{ .Values.serviceAccount.name | default (ternary (include "mlops-bot.fullname" .) "" .Values.serviceAccount.create) }}
{{- end }}

{{/* Roles of the whole cluster: two releases of one name may live in two namespaces. */}}
{{- define "mlops-bot.clusterName" -}}
{{ .Release.Namespace }}-{{ include "mlops-bot.fullname" . }}
{{- end }}

{{/* What selectors are made of: nothing that changes with a version. Takes the root and a component. */}}
{{- define "mlops-bot.selector" -}}
app.kubernetes.io/name: {{ include "mlops-bot.name" .root | quote }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "mlops-bot.labels" -}}
{{ include "mlops-bot.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "mlops-bot.image" -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag }}
{{- end }}
{{- end }}

{{/* Selects the pods that ask: the bot's and the test's. */}}
{{- define "mlops-bot.askers" -}}
matchLabels:
  app.kubernetes.io/name: {{ include "mlops-bot.name" . | quote }}
  app.kubernetes.io/instance: {{ .Release.Name | quote }}
matchExpressions:
  - {key: app.kubernetes.io/component, operator: In, values: [bot, doctor]}
{{- end }}
