{{/* mlops.yaml: the settings, with what the chart itself decides. */}}
{{- define "mlops-bot.settings" -}}
{{- $own := dict "slack" (dict "mode" .Values.slack.mode "port" (int .Values.http.port)) "telemetry" (dict "port" (int .Values.metrics.port)) }}
{{- if .Values.rules }}
{{- $_ := set $own "rules" (dict "folder" "/etc/mlops-bot/rules") }}
{{- end }}
{{- toYaml (mergeOverwrite (deepCopy .Values.settings) $own) }}
{{- end }}

{{- define "mlops-bot.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ int64 .Values.user }}
runAsGroup: {{ int64 .Values.user }}
fsGroup: {{ int64 .Values.user }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "mlops-bot.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "mlops-bot.secretVariable" -}}
- name: {{ .variable | quote }}
  valueFrom:
    secretKeyRef:
      name: {{ .secret | quote }}
      key: {{ .key | quote }}
{{- end }}

{{- define "mlops-bot.environment" -}}
{{- $slack := .Values.slack }}
{{- $redis := .Values.redis -}}
- name: MLOPS_CONFIG
  value: /etc/mlops-bot/settings/mlops.yaml
- name: HOME
  value: /tmp
{{ include "mlops-bot.secretVariable" (dict "variable" "SLACK_BOT_TOKEN" "secret" $slack.existingSecret "key" $slack.botTokenKey) }}
{{- if eq $slack.mode "socket" }}
{{ include "mlops-bot.secretVariable" (dict "variable" "SLACK_APP_TOKEN" "secret" $slack.existingSecret "key" $slack.appTokenKey) }}
{{- else }}
{{ include "mlops-bot.secretVariable" (dict "variable" "SLACK_SIGNING_SECRET" "secret" $slack.existingSecret "key" $slack.signingSecretKey) }}
{{- end }}
{{- if eq $redis.mode "external" }}
{{ include "mlops-bot.secretVariable" (dict "variable" "REDIS_URL" "secret" $redis.existingSecret "key" $redis.urlKey) }}
{{- else if eq $redis.mode "bundled" }}
{{ include "mlops-bot.secretVariable" (dict "variable" "REDIS_PASSWORD" "secret" $redis.existingSecret "key" $redis.passwordKey) }}
- name: REDIS_URL
  value: redis://:$(REDIS_PASSWORD)@{{ include "mlops-bot.fullname" . }}-redis:6379/0
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* What the bot's own pods and the test's pod have in common. */}}
{{- define "mlops-bot.container" -}}
image: {{ include "mlops-bot.image" (dict "repository" .Values.image.repository "tag" (.Values.image.tag | default .Chart.AppVersion) "digest" .Values.image.digest) | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  {{- include "mlops-bot.containerSecurity" . | nindent 2 }}
env:
  {{- include "mlops-bot.environment" . | nindent 2 }}
resources:
  {{- toYaml .Values.resources | nindent 2 }}
volumeMounts:
  - name: tmp
    mountPath: /tmp
  - name: settings
    mountPath: /etc/mlops-bot/settings
    readOnly: true
  {{- if .Values.rules }}
  - name: rules
    mountPath: /etc/mlops-bot/rules
    readOnly: true
  {{- end }}
  {{- with .Values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{- define "mlops-bot.pod" -}}
serviceAccountName: {{ include "mlops-bot.account" . | quote }}
automountServiceAccountToken: true
enableServiceLinks: false
securityContext:
  {{- include "mlops-bot.podSecurity" . | nindent 2 }}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumes:
  - name: tmp
    emptyDir:
      sizeLimit: {{ .Values.tmpSize }}
  - name: settings
    configMap:
      name: {{ include "mlops-bot.fullname" . }}-settings
  {{- if .Values.rules }}
  - name: rules
    configMap:
      name: {{ include "mlops-bot.fullname" . }}-rules
  {{- end }}
  {{- with .Values.extraVolumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
