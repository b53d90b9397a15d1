{{/* The settings that a value has, one variable each. */}}
{{- define "accord.settings" -}}
{{- $c := .Values.broker.config -}}
{{- $settings := dict
  "LOG_LEVEL" $c.logLevel
  "LOG_FORMAT" $c.logFormat
  "HTTP_DEBUG_LOGGING_ENABLED" $c.httpDebugLoggingEnabled
  "HIDE_PACTFLOW_MESSAGES" $c.hidePactflowMessages
  "SQL_LOG_LEVEL" $c.sqlLogLevel
  "SQL_LOG_WARN_DURATION" $c.sqlLogWarnDuration
  "SQL_ENABLE_CALLER_LOGGING" $c.sqlEnableCallerLogging
  "DATABASE_MAX_CONNECTIONS" $c.databaseMaxConnections
  "DATABASE_POOL_TIMEOUT" $c.databasePoolTimeout
  "DATABASE_CONNECT_MAX_RETRIES" $c.databaseConnectMaxRetries
  "AUTO_MIGRATE_DB" $c.autoMigrateDb
  "AUTO_MIGRATE_DB_DATA" $c.autoMigrateDbData
  "ALLOW_MISSING_MIGRATION_FILES" $c.allowMissingMigrationFiles
  "DATABASE_STATEMENT_TIMEOUT" $c.databaseStatementTimeout
  "METRICS_SQL_STATEMENT_TIMEOUT" $c.metricsSqlStatementTimeout
  "DATABASE_CONNECTION_VALIDATION_TIMEOUT" $c.databaseConnectionValidationTimeout
  "WEBHOOK_RETRY_SCHEDULE" $c.webhookRetrySchedule
  "WEBHOOK_HTTP_METHOD_WHITELIST" $c.webhookHttpMethodWhitelist
  "WEBHOOK_HTTP_CODE_SUCCESS" $c.webhookHttpCodeSuccess
  "WEBHOOK_SCHEME_WHITELIST" $c.webhookSchemeWhitelist
  "WEBHOOK_HOST_WHITELIST" $c.webhookHostWhitelist
  "DISABLE_SSL_VERIFICATION" $c.disable_ssl
  "BASE_URL" $c.baseUrl
  "SHIELDS_IO_BASE_URL" $c.shieldsIoBaseUrl
  "BADGE_PROVIDER_MODE" $c.badgeProviderMode
  "ENABLE_DIAGNOSTIC_ENDPOINTS" $c.enableDiagnosticEndpoints
  "USE_HAL_BROWSER" $c.useHalBrowser
  "CHECK_FOR_POTENTIAL_DUPLICATE_PACTICIPANT_NAMES" $c.checkForPotentialDuplicatePacticipantNames
  "CREATE_DEPLOYED_VERSIONS_FOR_TAGS" $c.createDeployedVersionsForTags
  "USE_FIRST_TAG_AS_BRANCH" $c.useFirstTagAsBranch
  "AUTO_DETECT_MAIN_BRANCH" $c.autoDetectMainBranch
  "MAIN_BRANCH_CANDIDATES" $c.mainBranchCandidates
  "ALLOW_DANGEROUS_CONTRACT_MODIFICATION" $c.allowDangerousContractModification
  "PACT_CONTENT_DIFF_TIMEOUT" $c.pactContentDiffTimeout
  "FEATURES" $c.features
  "ACCESS" .Values.accord.access
-}}
{{- range $name, $value := $settings }}
{{- if not (or (kindIs "invalid" $value) (eq (toString $value) "")) }}
- name: PACT_BROKER_{{ $name }}
  value: {{ include "accord.text" $value | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* A number is written without an exponent, a list as words. */}}
{{- define "accord.text" -}}
{{- if kindIs "float64" . }}{{ if eq (floor .) . }}{{ int64 . }}{{ else }}{{ . }}{{ end }}{{ else if kindIs "slice" . }}{{ join " " . }}{{ else }}{{ . }}{{ end -}}
{{- end -}}

{{/* Where everything is kept. */}}
{{- define "accord.database" -}}
{{- $d := .Values.database -}}
{{- if include "accord.inFile" . }}
{{- $file := default "accord.db" $d.databaseName }}
- name: PACT_BROKER_DATABASE_URL
  value: {{ printf "sqlite:///%s" (ternary $file (printf "/data/%s" $file) (hasPrefix "/" $file)) | quote }}
{{- else }}
- name: PACT_BROKER_DATABASE_ADAPTER
  value: {{ default "postgres" $d.adapter | quote }}
- name: PACT_BROKER_DATABASE_HOST
  value: {{ $d.host | quote }}
{{- with $d.port }}
- name: PACT_BROKER_DATABASE_PORT
  value: {{ include "accord.text" . | quote }}
{{- end }}
- name: PACT_BROKER_DATABASE_NAME
  value: {{ include "accord.text" $d.databaseName | quote }}
- name: PACT_BROKER_DATABASE_USERNAME
  value: {{ include "accord.text" $d.auth.username | quote }}
{{- include "accord.credential" (dict "name" "PACT_BROKER_DATABASE_PASSWORD" "given" $d.auth.password "secret" $d.auth.existingSecret "key" $d.auth.existingSecretPasswordKey) }}
{{- with .Values.broker.config.databaseSslmode }}
- name: PACT_BROKER_DATABASE_SSLMODE
  value: {{ . | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Who may do what. */}}
{{- define "accord.basicAuth" -}}
{{- $b := .Values.broker.config.basicAuth -}}
- name: PACT_BROKER_BASIC_AUTH_ENABLED
  value: {{ $b.enabled | quote }}
{{- if $b.enabled }}
{{- $w := $b.writeUser }}
{{- include "accord.credential" (dict "name" "PACT_BROKER_BASIC_AUTH_USERNAME" "given" $w.username "secret" $w.existingSecret "key" $w.existingSecretUsernameKey) }}
{{- include "accord.credential" (dict "name" "PACT_BROKER_BASIC_AUTH_PASSWORD" "given" $w.password "secret" $w.existingSecret "key" $w.existingSecretPasswordKey) }}
{{- $r := $b.readUser }}
{{- include "accord.credential" (dict "name" "PACT_BROKER_BASIC_AUTH_READ_ONLY_USERNAME" "given" $r.username "secret" $r.existingSecret "key" $r.existingSecretUsernameKey) }}
{{- include "accord.credential" (dict "name" "PACT_BROKER_BASIC_AUTH_READ_ONLY_PASSWORD" "given" $r.password "secret" $r.existingSecret "key" $r.existingSecretPasswordKey) }}
{{- end }}
- name: PACT_BROKER_ALLOW_PUBLIC_READ
  value: {{ $b.allowPublicRead | quote }}
- name: PACT_BROKER_PUBLIC_HEARTBEAT
  value: {{ $b.publicHeartbeat | quote }}
- name: PACT_BROKER_ENABLE_PUBLIC_BADGE_ACCESS
  value: {{ $b.enablePublicBadgeAccess | quote }}
{{- end -}}

{{/* What is cleaned up, and when. */}}
{{- define "accord.clean" -}}
{{- $c := .Values.broker.config.databaseClean -}}
- name: PACT_BROKER_DATABASE_CLEAN_DELETION_LIMIT
  value: {{ include "accord.text" $c.deletionLimit | quote }}
- name: PACT_BROKER_DATABASE_CLEAN_OVERWRITTEN_DATA_MAX_AGE
  value: {{ include "accord.text" $c.overwrittenDataMaxAge | quote }}
- name: PACT_BROKER_DATABASE_CLEAN_KEEP_VERSION_SELECTORS
  value: {{ if kindIs "string" $c.keepVersionSelectors }}{{ $c.keepVersionSelectors | quote }}{{ else }}{{ toJson $c.keepVersionSelectors | quote }}{{ end }}
- name: PACT_BROKER_DATABASE_CLEAN_DRY_RUN
  value: {{ $c.dryRun | quote }}
{{- end -}}

{{/* All of it, for a broker, a migration or a clean-up. */}}
{{- define "accord.environment" -}}
- name: PACT_BROKER_PORT
  value: {{ include "accord.text" .Values.broker.containerPorts.http | quote }}
{{- include "accord.settings" . }}
{{- include "accord.database" . }}
{{ include "accord.basicAuth" . }}
{{- with .Values.accord.secretsKey }}
{{- include "accord.credential" (dict "name" "PACT_BROKER_SECRETS_KEY" "given" "" "secret" .existingSecret "key" .existingSecretKey) }}
{{- end }}
{{- range $name, $value := .Values.accord.environment }}
- name: {{ $name }}
  value: {{ include "accord.text" $value | quote }}
{{- end }}
{{- end -}}

{{/* What the containers of all pods have in common. */}}
{{- define "accord.container" -}}
image: {{ include "accord.image" . | quote }}
imagePullPolicy: {{ .Values.broker.imagePullPolicy }}
{{- if .Values.broker.containerSecurityContext.enabled }}
securityContext: {{- omit .Values.broker.containerSecurityContext "enabled" | toYaml | nindent 2 }}
{{- end }}
resources: {{- toYaml .Values.broker.resources | nindent 2 }}
{{- $paths := list }}
{{- range .Values.broker.volumeMounts }}{{ $paths = append $paths (trimSuffix "/" .mountPath) }}{{ end }}
volumeMounts:
{{- if and (include "accord.inFile" .) (not (has "/data" $paths)) }}
  - {name: accord-data, mountPath: /data}
{{- end }}
{{- if not (has "/tmp" $paths) }}
  - {name: accord-tmp, mountPath: /tmp}
{{- end }}
{{- with .Values.broker.volumeMounts }}
{{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* What all pods have in common. */}}
{{- define "accord.pod" -}}
serviceAccountName: {{ include "accord.serviceAccount" . }}
automountServiceAccountToken: {{ .Values.serviceAccount.automountServiceAccountToken }}
{{- with .Values.broker.imagePullSecrets }}
imagePullSecrets: {{- include "accord.pullSecrets" . | nindent 2 }}
{{- end }}
{{- if .Values.broker.podSecurityContext.enabled }}
securityContext: {{- omit .Values.broker.podSecurityContext "enabled" | toYaml | nindent 2 }}
{{- end }}
{{- with .Values.broker.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.broker.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.broker.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
volumes:
{{- if include "accord.inFile" . }}
  - name: accord-data
    persistentVolumeClaim:
      claimName: {{ default (include "accord.fullname" .) .Values.accord.persistence.existingClaim }}
{{- end }}
  - name: accord-tmp
    emptyDir: {}
{{- with .Values.broker.volumes }}
{{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
