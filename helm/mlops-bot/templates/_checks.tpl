{{/* What a schema cannot say: values that are wrong together, each with what to do. */}}
{{- define "mlops-bot.check" -}}
{{- if not .Values.image.repository }}
{{- fail "image.repository is empty. Build the image with the project's Dockerfile, push it to a registry of yours, and name it: --set image.repository=REGISTRY/mlops-bot" }}
{{- end }}
{{- if regexMatch "^[0-9]" (include "mlops-bot.fullname" .) }}
{{- fail (printf "%s begins with a digit, which the name of a Service may not. Set fullnameOverride to another name." (include "mlops-bot.fullname" .)) }}
{{- end }}
{{- if not .Values.slack.existingSecret }}
{{- $second := ternary .Values.slack.appTokenKey .Values.slack.signingSecretKey (eq .Values.slack.mode "socket") }}
{{- fail (printf "slack.existingSecret is empty. Make a Secret and name it: kubectl --namespace %s create secret generic mlops-bot --from-literal=%s=… --from-literal=%s=…" .Release.Namespace .Values.slack.botTokenKey $second) }}
{{- end }}
{{- if and (ne .Values.redis.mode "none") (not .Values.redis.existingSecret) }}
{{- $key := ternary .Values.redis.passwordKey .Values.redis.urlKey (eq .Values.redis.mode "bundled") }}
{{- fail (printf "redis.existingSecret is empty. Name a Secret with the key %s; it may be the one of slack.existingSecret." $key) }}
{{- end }}
{{- if and (eq .Values.redis.mode "none") (gt (int .Values.replicas) 1) }}
{{- fail (printf "redis.mode is none, but replicas is %d: each would post every digest and count limits alone. Set replicas to 1, or redis.mode to bundled or external." (int .Values.replicas)) }}
{{- end }}
{{- if and .Values.http.ingress.enabled (ne .Values.slack.mode "http") }}
{{- fail "http.ingress.enabled is true, but slack.mode is socket, which takes no requests. Set slack.mode to http, or leave the Ingress out." }}
{{- end }}
{{- if and .Values.http.ingress.enabled (not .Values.http.ingress.host) }}
{{- fail "http.ingress.host is empty. Name the host that Slack sends requests to, such as mlops.example.com." }}
{{- end }}
{{- if and (eq .Values.slack.mode "http") (eq (int .Values.http.port) (int .Values.metrics.port)) }}
{{- fail (printf "http.port and metrics.port are both %d. Give them different numbers." (int .Values.http.port)) }}
{{- end }}
{{- if not (include "mlops-bot.account" .) }}
{{- fail "serviceAccount.create is false and serviceAccount.name is empty. Name the account that the pods run as." }}
{{- end }}
{{- /* off.yaml is a list, every other file a mapping. */}}
{{- range $file, $text := omit .Values.rules "off.yaml" "off.yml" }}
{{- $read := fromYaml $text }}
{{- if hasKey $read "Error" }}
{{- fail (printf "rules: %s is not a rule in YAML (%s). `mlops rules test --folder DIR` checks a folder of rules." $file $read.Error) }}
{{- end }}
{{- end }}
{{- end }}
