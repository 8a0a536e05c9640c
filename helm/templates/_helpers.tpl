{{- define "acr.name" -}}
{{ .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "acr.fullname" -}}
{{- $name := include "acr.name" . -}}
{{- $full := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{ .Values.fullnameOverride | default $full | trunc 52 | trimSuffix "-" }}
{{- end }}

{{- define "acr.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (include "acr.fullname" .) }}
{{- end }}

{{- define "acr.credentialsNamespace" -}}
{{ .Values.credentials.namespace | default .Release.Namespace }}
{{- end }}

{{- /* The user names of the operator and of the cleanup Job, as elements of a list in CEL. */}}
{{- define "acr.users" -}}
'system:serviceaccount:{{ .Release.Namespace }}:{{ include "acr.serviceAccount" . }}',
'system:serviceaccount:{{ .Release.Namespace }}:{{ include "acr.fullname" . }}-cleanup'
{{- end }}

{{- /* Whether the ValidatingAdmissionPolicies are installed. By version, because .Capabilities.APIVersions is empty in `helm
       template` and knows no kinds in some versions of Helm. */}}
{{- define "acr.confined" -}}
{{- $enabled := toString .Values.confinement.enabled -}}
{{ eq $enabled "auto" | ternary (semverCompare ">=1.30-0" .Capabilities.KubeVersion.Version) (eq $enabled "true") }}
{{- end }}

{{- /* Whether MutatingAdmissionPolicies are installed. The value decides; the cluster's version is only its default, because
       offline and between versions of Helm the list of served kinds differs. */}}
{{- define "acr.admissionPolicy" -}}
{{- $value := .Values.admission.bindAtCreation -}}
{{ eq $value "auto" | ternary (semverCompare ">=1.36-0" .Capabilities.KubeVersion.Version) (eq $value "always") }}
{{- end }}

{{- /* Whether the operator serves an admission webhook: by default where the cluster has no MutatingAdmissionPolicy. */}}
{{- define "acr.webhook" -}}
{{- $enabled := .Values.admission.webhook.enabled -}}
{{- $auto := and (eq .Values.admission.bindAtCreation "auto") (semverCompare "<1.36-0" .Capabilities.KubeVersion.Version) -}}
{{ eq $enabled "auto" | ternary $auto (eq $enabled "always") }}
{{- end }}

{{- define "acr.image" -}}
{{- with .Values.image -}}
{{ with $.Values.global.imageRegistry }}{{ trimSuffix "/" . }}/{{ end }}{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{- /* Selectors are immutable, so they contain no version. */}}
{{- define "acr.selectorLabels" -}}
app.kubernetes.io/name: {{ include "acr.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- /* Without a version, because every upgrade of the chart would restart the pods. */}}
{{- define "acr.podLabels" -}}
{{ include "acr.selectorLabels" . }}
app.kubernetes.io/part-of: acr-credential-operator
{{- include "acr.commonLabels" . }}
{{- end }}

{{- define "acr.commonLabels" -}}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "acr.labels" -}}
{{ include "acr.selectorLabels" . }}
app.kubernetes.io/part-of: acr-credential-operator
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- include "acr.commonLabels" . }}
{{- end }}

{{- /* Namespace and name of the ConfigMap acr-configuration; empty if it is off. */}}
{{- define "acr.configMapNamespace" -}}
{{ if .Values.configMap }}{{ splitList "/" .Values.configMap | first }}{{ end }}
{{- end }}
{{- define "acr.configMapName" -}}
{{ if .Values.configMap }}{{ splitList "/" .Values.configMap | last }}{{ end }}
{{- end }}

{{- /* The settings that the cleanup Job needs. It calls the Kubernetes API only, so it gets no identity, no proxy and no
       certificates. */}}
{{- define "acr.cleanupEnv" -}}
{{- $v := .Values -}}
{{- with $v.javaToolOptions }}
# A native image ignores it.
- {name: JAVA_TOOL_OPTIONS, value: {{ . | quote }}}
{{- end }}
{{- with $v.credentials.namespace }}
- {name: ACR_CREDENTIALS_NAMESPACE, value: {{ . | quote }}}
{{- end }}
{{- if ne $v.pullSecretName "acr-credential-secret-aggregation" }}
- {name: ACR_PULL_SECRET_NAME, value: {{ $v.pullSecretName | quote }}}
{{- end }}
{{- with $v.excludedNamespaces }}
- {name: ACR_EXCLUDED_NAMESPACES, value: {{ join "," . | quote }}}
{{- end }}
{{- end }}

{{- /* Settings as environment variables, without those that have their default. */}}
{{- define "acr.env" -}}
{{- $v := .Values -}}
# The identity in the leader election.
- {name: POD_NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
{{- include "acr.cleanupEnv" . }}
{{- with $v.region }}
- {name: ACR_REGION, value: {{ . | quote }}}
{{- end }}
{{- if ne $v.network "auto" }}
- {name: ACR_NETWORK, value: {{ $v.network | quote }}}
{{- end }}
{{- if ne $v.endpoints.registry "https://cr{network}.{region}.aliyuncs.com" }}
- {name: ACR_ENDPOINT_REGISTRY, value: {{ $v.endpoints.registry | quote }}}
{{- end }}
{{- range $region, $url := $v.endpoints.registryByRegion }}
- {name: ACR_ENDPOINT_REGISTRY_{{ $region | upper | replace "-" "_" }}, value: {{ $url | quote }}}
{{- end }}
{{- if ne $v.endpoints.sts "https://sts{network}.{region}.aliyuncs.com" }}
- {name: ACR_ENDPOINT_STS, value: {{ $v.endpoints.sts | quote }}}
{{- end }}
{{- if ne $v.endpoints.metadata "http://100.100.100.200" }}
- {name: ACR_ENDPOINT_METADATA, value: {{ $v.endpoints.metadata | quote }}}
{{- end }}
{{- if ne $v.configMap "kube-system/acr-configuration" }}
- {name: ACR_CONFIG_MAP, value: {{ $v.configMap | quote }}}
{{- end }}
{{- if ne $v.logLevel "INFO" }}
- {name: QUARKUS_LOG_LEVEL, value: {{ $v.logLevel }}}
{{- end }}
{{- if ne $v.stuckPods "ignore" }}
- {name: ACR_STUCK_PODS, value: {{ $v.stuckPods }}}
{{- end }}
{{- if $v.admission.injectPods }}
- {name: ACR_INJECT_PODS, value: "true"}
{{- end }}
{{- if ne (float64 $v.requestsPerSecond) 10.0 }}
- {name: ACR_REQUESTS_PER_SECOND, value: {{ $v.requestsPerSecond | quote }}}
{{- end }}
{{- if $v.statusPage.enabled }}
- {name: ACR_STATUS_PAGE_PORT, value: {{ $v.statusPage.port | quote }}}
{{- end }}
{{- with $v.credentials.existingSecret }}{{ if .name }}
- name: ALIBABA_CLOUD_ACCESS_KEY_ID
  valueFrom: {secretKeyRef: {name: {{ .name }}, key: {{ .accessKeyIdKey }}}}
- name: ALIBABA_CLOUD_ACCESS_KEY_SECRET
  valueFrom: {secretKeyRef: {name: {{ .name }}, key: {{ .accessKeySecretKey }}}}
{{- if .securityTokenKey }}
- name: ALIBABA_CLOUD_SECURITY_TOKEN
  valueFrom: {secretKeyRef: {name: {{ .name }}, key: {{ .securityTokenKey }}}}
{{- end }}{{ end }}{{ end }}
{{- if $v.credentials.tokenFileSecret.name }}
- {name: ACR_TOKEN_FILE, value: /var/addon/token-config}
{{- end }}
{{- if include "acr.mountsOidcToken" . }}
- {name: ALIBABA_CLOUD_OIDC_TOKEN_FILE, value: /var/run/secrets/ack.alibabacloud.com/rrsa-tokens/token}
{{- with $v.rrsa.roleArn }}
- {name: ALIBABA_CLOUD_ROLE_ARN, value: {{ . | quote }}}
- {name: ALIBABA_CLOUD_OIDC_PROVIDER_ARN, value: {{ $v.rrsa.oidcProviderArn | quote }}}
{{- end }}
{{- end }}
{{- with $v.proxy }}{{ if .url }}
# HTTPS_PROXY would send the calls to the Kubernetes API through the proxy too.
- {name: QUARKUS_REST_CLIENT_PROXY_CONFIGURATION_NAME, value: acr}
- {name: QUARKUS_PROXY_ACR_HOST, value: {{ get (urlParse .url) "hostname" | quote }}}
- {name: QUARKUS_PROXY_ACR_PORT, value: {{ get (urlParse .url) "host" | splitList ":" | last | quote }}}
- {name: QUARKUS_PROXY_ACR_NON_PROXY_HOSTS, value: {{ concat (list "100.100.100.200" "127.0.0.1" "localhost") .noProxy | join "," | quote }}}
{{- if .existingSecret.name }}
- name: QUARKUS_PROXY_ACR_USERNAME
  valueFrom: {secretKeyRef: {name: {{ .existingSecret.name }}, key: {{ .existingSecret.userKey }}}}
- name: QUARKUS_PROXY_ACR_PASSWORD
  valueFrom: {secretKeyRef: {name: {{ .existingSecret.name }}, key: {{ .existingSecret.passwordKey }}}}
{{- end }}{{ end }}{{ end }}
{{- if or $v.caBundle.configMap $v.caBundle.secret }}
- {name: ACR_CA_BUNDLE, value: /etc/acr-credential-operator/ca/ca.crt}
{{- end }}
{{- if eq "true" (include "acr.webhook" .) }}
# The MutatingWebhookConfiguration whose caBundle the operator keeps.
- {name: ACR_WEBHOOK_CONFIGURATION, value: {{ include "acr.fullname" . }}}
# What these users remove stays removed: the operator and cleanup.
- name: ACR_WEBHOOK_UNBINDING_USERS
  value: {{ include "acr.users" . | replace "'" "" | replace "\n" "" | trim }}
{{- end }}
{{- with $v.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "acr.mountsOidcToken" -}}
{{ if and .Values.rrsa.enabled (not .Values.rrsa.webhookRoleName) }}yes{{ end }}
{{- end }}

{{- define "acr.tmpMount" -}}
- name: tmp
  mountPath: /tmp
{{- end }}

{{- define "acr.volumeMounts" -}}
{{ include "acr.tmpMount" . }}
{{- if include "acr.mountsOidcToken" . }}
- {name: rrsa, mountPath: /var/run/secrets/ack.alibabacloud.com/rrsa-tokens, readOnly: true}
{{- end }}
{{- if .Values.credentials.tokenFileSecret.name }}
- {name: token-file, mountPath: /var/addon, readOnly: true}
{{- end }}
{{- if or .Values.caBundle.configMap .Values.caBundle.secret }}
- {name: ca, mountPath: /etc/acr-credential-operator/ca, readOnly: true}
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "acr.tmp" -}}
# Vert.x and the JVM write a few KiB of temporary files.
- name: tmp
  emptyDir:
    medium: Memory
    sizeLimit: 16Mi
{{- end }}

{{- define "acr.volumes" -}}
{{ include "acr.tmp" . }}
{{- if include "acr.mountsOidcToken" . }}
- name: rrsa
  projected:
    sources:
      - serviceAccountToken: {audience: sts.aliyuncs.com, expirationSeconds: {{ .Values.rrsa.tokenExpirationSeconds }}, path: token}
{{- end }}
{{- with .Values.credentials.tokenFileSecret }}{{ if .name }}
- name: token-file
  secret: {secretName: {{ .name }}, items: [{key: {{ .key }}, path: token-config}]}
{{- end }}{{ end }}
{{- with .Values.caBundle }}
{{- if .configMap }}
- name: ca
  configMap: {name: {{ .configMap }}, items: [{key: {{ .key }}, path: ca.crt}]}
{{- else if .secret }}
- name: ca
  secret: {secretName: {{ .secret }}, items: [{key: {{ .key }}, path: ca.crt}]}
{{- end }}{{ end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* Removes the CEL rules of a schema, in place. API servers before 1.23 do not know the field; the operator's own checks
       report the same in the policy's status. */}}
{{- define "acr.dropRules" -}}
{{- if kindIs "map" . }}
{{- $_ := unset . "x-kubernetes-validations" }}
{{- range $part := . }}{{ include "acr.dropRules" $part }}{{ end }}
{{- else if kindIs "slice" . }}
{{- range $part := . }}{{ include "acr.dropRules" $part }}{{ end }}
{{- end }}
{{- end }}

{{- /* API servers before 1.19 do not know seccompProfile. */}}
{{- define "acr.podSecurityContext" -}}
{{- $context := .Values.podSecurityContext -}}
{{- if semverCompare "<1.19-0" .Capabilities.KubeVersion.Version }}{{ $context = omit $context "seccompProfile" }}{{ end -}}
{{ toYaml $context }}
{{- end }}

{{- /* Fields that the operator's pod and the cleanup Job's pod share. */}}
{{- define "acr.placement" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- if and .Values.serviceAccount.create (not .Values.serviceAccount.automount) }}
automountServiceAccountToken: true
{{- end }}
{{- with .Values.hostAliases }}
hostAliases: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.runtimeClassName }}
runtimeClassName: {{ . }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.dnsConfig }}
dnsConfig: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
