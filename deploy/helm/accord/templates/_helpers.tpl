{{- define "accord.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "accord.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains (include "accord.name" .) .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "accord.name" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "accord.selector" -}}
app.kubernetes.io/name: {{ include "accord.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Of the pods of jobs: neither the service nor the disruption budget counts them. */}}
{{- define "accord.jobLabels" -}}
app.kubernetes.io/name: {{ printf "%s-%s" (include "accord.name" .root | trunc 54 | trimSuffix "-") .ending }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .root.Values.commonLabels }}
{{ tpl (toYaml .) $.root }}
{{- end }}
{{- end -}}

{{- define "accord.labels" -}}
{{ include "accord.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ tpl (toYaml .) $ }}
{{- end }}
{{- end -}}

{{/* A name with an ending, no longer than Kubernetes lets it be. */}}
{{- define "accord.named" -}}
{{- printf "%s-%s" (include "accord.fullname" .root | trunc (int (sub .most (add1 (len .ending)))) | trimSuffix "-") .ending -}}
{{- end -}}

{{- define "accord.annotations" -}}
{{- with merge (dict) (default dict .own) (default dict .root.Values.commonAnnotations) }}
annotations: {{- tpl (toYaml .) $.root | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "accord.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "accord.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/*
The image: a map as since version 5 of the Pact Broker's chart, or one string. The
Pact Broker's own image, which values for its chart may name, counts as not set.
*/}}
{{- define "accord.image" -}}
{{- $image := .Values.broker.image -}}
{{- $repository := "accord" -}}
{{- $tag := .Chart.AppVersion -}}
{{- if and (kindIs "string" $image) (not (include "accord.pactBrokersImage" .)) -}}
{{- $image -}}
{{- else -}}
{{- if not (include "accord.pactBrokersImage" .) -}}
{{- $repository = default $repository $image.repository -}}
{{- $tag = default $tag $image.tag -}}
{{- end -}}
{{- if kindIs "map" $image }}{{ with $image.registry }}{{ $repository = printf "%s/%s" . $repository }}{{ end }}{{ end -}}
{{- printf "%s:%s" $repository (include "accord.text" $tag) -}}
{{- end -}}
{{- end -}}

{{/* "true" where the image that the values name is the Pact Broker's. */}}
{{- define "accord.pactBrokersImage" -}}
{{- $image := .Values.broker.image -}}
{{- $said := $image -}}
{{- if kindIs "map" $image }}{{ $said = printf "%v:%v" $image.repository $image.tag }}{{ end -}}
{{- if regexMatch "(pactfoundation|pact-foundation|dius)/pact[-_]broker\\b|:[^/]*-pactbroker[0-9]" $said -}}true{{- end -}}
{{- end -}}

{{/* Secrets for the registry: their names, or maps with them. */}}
{{- define "accord.pullSecrets" -}}
{{- range . }}
- name: {{ if kindIs "string" . }}{{ . }}{{ else }}{{ .name }}{{ end }}
{{- end }}
{{- end -}}

{{/* "true" where everything is kept in a file. */}}
{{- define "accord.inFile" -}}
{{- $adapter := lower (default "" .Values.database.adapter) -}}
{{- if or (hasPrefix "sqlite" $adapter) (and (not $adapter) (not .Values.database.host)) -}}true{{- end -}}
{{- end -}}

{{/* A password: given, or named in a Secret. */}}
{{- define "accord.credential" -}}
{{- if .given }}
- name: {{ .name }}
  value: {{ include "accord.text" .given | quote }}
{{- else if .secret }}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ .secret }}
      key: {{ .key }}
{{- end }}
{{- end -}}
