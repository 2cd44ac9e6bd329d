{{/* Refuses values that fit no installation. */}}
{{- define "heddle.check" -}}
{{- with .Values -}}
  {{- if eq $.Release.Namespace .agentNamespace -}}
    {{- fail (printf "agentNamespace must not be the namespace of the release (%s): the node agents are privileged" .agentNamespace) -}}
  {{- end -}}
  {{- if not .development -}}
    {{- $hint := "or set development=true for a trial without sign-in" -}}
    {{- $_ := required (printf "auth.issuer is required: the issuer of your tokens; %s" $hint) .auth.issuer -}}
    {{- $_ = required (printf "auth.audience is required: the audience of your tokens; %s" $hint) .auth.audience -}}
  {{- end -}}
  {{- if not .nats.enabled -}}
    {{- $_ := required "nats.servers is required with nats.enabled=false: tls://nats.example.com:4222" .nats.servers -}}
  {{- else if .nats.servers -}}
    {{- fail "nats.servers is the address of your own broker and needs nats.enabled=false" -}}
  {{- end -}}
  {{- if and .gateway.enabled (not .gateway.parentRefs) -}}{{- fail "gateway.parentRefs is required: your Gateway" -}}{{- end -}}
  {{- range list "ingress" "gateway" -}}
    {{- $route := get $.Values . -}}
    {{- if and $route.enabled (not $route.host) -}}{{- fail (printf "%s.host is required" .) -}}{{- end -}}
  {{- end -}}
{{- end -}}
{{- end -}}

{{/* The environment that the API and the node agents have in common, as JSON. */}}
{{- define "heddle.settings" -}}
{{- $data := include "heddle.env" (list . (ternary "overlays/dev/heddle.env" "base/common.env" .Values.development)) | fromJson -}}
{{- with .Values -}}
  {{- if not .development -}}
    {{- $_ := set $data "MP_JWT_VERIFY_ISSUER" .auth.issuer -}}
    {{- $_ = set $data "MP_JWT_VERIFY_AUDIENCES" .auth.audience -}}
    {{- range list "MOUNTS_STREAM" "HOLDS" "FLEET" -}}
      {{- $_ = set $data (printf "HEDDLE_%s_REPLICAS" .) (toString $.Values.nats.copies) -}}
    {{- end -}}
  {{- end -}}
  {{- with .auth.jwksUrl -}}{{- $_ := set $data "MP_JWT_VERIFY_PUBLICKEY_LOCATION" . -}}{{- end -}}
  {{- with .nats.servers -}}{{- $_ := set $data "HEDDLE_NATS_SERVERS" . -}}{{- end -}}
  {{- if .otlp -}}{{- $data = merge (include "heddle.env" (list $ "components/otlp/otlp.env") | fromJson) $data -}}{{- end -}}
  {{- range $name, $value := .env.both -}}{{- $_ := set $data $name (toString $value) -}}{{- end -}}
{{- end -}}
{{- toJson $data -}}
{{- end -}}

{{/* The data of a ConfigMap as JSON. Argument: [state, name]. */}}
{{- define "heddle.dataOf" -}}
{{- range (index . 0).objects -}}
  {{- if and (eq .kind "ConfigMap") (eq .metadata.name (index $ 1)) -}}{{- toJson .data -}}{{- end -}}
{{- end -}}
{{- end -}}

{{/* The values as strategic merge patches, a YAML list. */}}
{{- define "heddle.patches" -}}
{{- with .Values -}}
{{- $kinds := list "Deployment" "DaemonSet" -}}
{{- if .nats.enabled }}{{ $kinds = append $kinds "StatefulSet" }}{{ end -}}
{{- if .image.pullSecrets }}
{{- range $kinds }}
- kind: {{ . }}
  spec:
    template:
      spec:
        imagePullSecrets:
          {{- range $.Values.image.pullSecrets }}
          - name: {{ . | quote }}
          {{- end }}
{{- end }}
{{- end }}
{{- if .nats.enabled }}
- kind: StatefulSet
  metadata:
    name: nats
  spec:
    replicas: {{ ternary 1 3 .development }}
{{- else }}
{{- range list "heddle-api-to-nats" "heddle-agent-to-nats" }}
- kind: NetworkPolicy
  metadata:
    name: {{ . }}
  spec:
    egress:
      - to:
          {{- range $.Values.nats.cidrs }}
          - ipBlock:
              cidr: {{ . | quote }}
          {{- end }}
        ports:
          {{- range $.Values.nats.ports }}
          - protocol: TCP
            port: {{ . }}
          {{- end }}
{{- end }}
{{- end }}
{{- if and .monitoring.enabled .monitoring.labels }}
{{- range append (list "ServiceMonitor" "PrometheusRule") (ternary "PodMonitor" "" (and .nats.enabled .nats.exporter)) | compact }}
- kind: {{ . }}
  metadata:
    labels: {{ toJson $.Values.monitoring.labels }}
{{- end }}
{{- end }}
{{- if .ingress.enabled }}
- kind: Ingress
  metadata:
    name: heddle-api
    annotations: {{ toJson .ingress.annotations }}
  spec:
    ingressClassName: {{ .ingress.className | quote }}
    tls: {{ if .ingress.tlsSecret }}[{hosts: [{{ .ingress.host | quote }}], secretName: {{ .ingress.tlsSecret | quote }}}]{{ else }}null{{ end }}
    rules:
      - host: {{ .ingress.host | quote }}
{{- end }}
{{- if .gateway.enabled }}
- kind: HTTPRoute
  metadata:
    name: heddle-api
  spec:
    hostnames: [{{ .gateway.host | quote }}]
    parentRefs: {{ toJson .gateway.parentRefs }}
{{- end }}
{{- end }}
{{- end -}}
