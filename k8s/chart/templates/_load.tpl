{{/* The content of a file of Kustomize, with the namespaces of this release. Argument: [root, path]. */}}
{{- define "heddle.text" -}}
{{- $root := index . 0 -}}
{{- $text := $root.Files.Get (printf "files/%s" (index . 1)) | required (printf "the chart has no files/%s" (index . 1)) -}}
{{- $agents := quote $root.Values.agentNamespace -}}
{{- $api := $root.Release.Namespace -}}
{{- $name := "(?m)((?:namespace|kubernetes.io/metadata.name): )" -}}
{{- $text = regexReplaceAll (print $name "heddle-agents$") $text (print "${1}" $agents) -}}
{{- $text = regexReplaceAll (print $name "heddle$") $text (print "${1}" (quote $api)) -}}
{{- $text = regexReplaceAll (print $name "monitoring$") $text (print "${1}" (quote $root.Values.monitoring.namespace)) -}}
{{- $text = $text | replace "[heddle, heddle-agents]" (printf "[%q, %s]" $api $agents) -}}
{{- $text = regexReplaceAll "\\b(nats|nats-headless)\\.heddle\\b" $text (printf "${1}.%s" $api) -}}
{{- $text | replace "otel-collector.monitoring." (printf "otel-collector.%s." $root.Values.monitoring.namespace) -}}
{{- end -}}

{{/* Adds the objects of a file to state.objects. Argument:
[root, state, path, fields of every object, whether pods get the labels too]. */}}
{{- define "heddle.load" -}}
{{- $state := index . 1 -}}
{{- range regexSplit "(?m)^---$" (include "heddle.text" (list (index $ 0) (index $ 2))) -1 -}}
  {{- $object := fromYaml . -}}
  {{- if $object.Error -}}{{- fail (printf "%s: %s" (index $ 2) $object.Error) -}}{{- end -}}
  {{- if $object.kind -}}
    {{- include "heddle.merge" (list $object (deepCopy (index $ 3))) -}}
    {{- if and (index $ 4) (dig "spec" "template" "metadata" false $object) -}}
      {{- include "heddle.merge" (list $object.spec.template.metadata (dict "labels" (deepCopy (index $ 3).metadata.labels))) -}}
    {{- end -}}
    {{- $_ := set $state "objects" (append $state.objects $object) -}}
  {{- end -}}
{{- end -}}
{{- end -}}

{{/* Adds a ConfigMap to state.objects. Argument: [state, namespace, name, labels, data]. */}}
{{- define "heddle.configMap" -}}
{{- $state := index . 0 -}}
{{- $metadata := dict "namespace" (index . 1) "name" (index . 2) "labels" (index . 3) -}}
{{- $object := dict "apiVersion" "v1" "kind" "ConfigMap" "metadata" $metadata "data" (index . 4) -}}
{{- $_ := set $state "objects" (append $state.objects $object) -}}
{{- end -}}

{{/* The variables of an .env file as JSON. Argument: [root, path]. */}}
{{- define "heddle.env" -}}
{{- $variables := dict -}}
{{- range splitList "\n" (include "heddle.text" .) -}}
  {{- if and . (not (hasPrefix "#" .)) -}}
    {{- $pair := splitn "=" 2 . -}}
    {{- $_ := set $variables $pair._0 $pair._1 -}}
  {{- end -}}
{{- end -}}
{{- toJson $variables -}}
{{- end -}}

{{/* Applies a patch to the objects with its kind and name; without a name, to all of its kind. Argument: [state, patch]. */}}
{{- define "heddle.patch" -}}
{{- $patch := index . 1 -}}
{{- $name := dig "metadata" "name" "" $patch -}}
{{- $found := false -}}
{{- range (index . 0).objects -}}
  {{- if and (eq .kind $patch.kind) (or (not $name) (eq .metadata.name $name)) -}}
    {{- include "heddle.merge" (list . (deepCopy $patch)) -}}
    {{- $found = true -}}
  {{- end -}}
{{- end -}}
{{- if not $found -}}{{- fail (printf "patches: this release has no %s %s" $patch.kind $name) -}}{{- end -}}
{{- end -}}

{{/* Applies the patches of a file. Argument: [root, state, path]. */}}
{{- define "heddle.patchFile" -}}
{{- $state := index . 1 -}}
{{- range regexSplit "(?m)^---$" (include "heddle.text" (list (index . 0) (index . 2))) -1 -}}
  {{- include "heddle.patch" (list $state (fromYaml .)) -}}
{{- end -}}
{{- end -}}

{{/* The full name of an image. Argument: [root, name in files/images]. */}}
{{- define "heddle.image" -}}
{{- $root := index . 0 -}}
{{- $image := dict "newName" (index . 1) -}}
{{- range (fromYaml ($root.Files.Get "files/images/kustomization.yaml")).images -}}
  {{- if eq .name (index $ 1) -}}{{- $image = mergeOverwrite $image . -}}{{- end -}}
{{- end -}}
{{- with $root.Values.image -}}
  {{- if and .mirror (hasPrefix "docker.io/" $image.newName) -}}
    {{- $_ := set $image "newName" (printf "%s/%s" .mirror (trimPrefix "docker.io/" $image.newName)) -}}
  {{- else if and .registry (not (contains "/" $image.newName)) -}}
    {{- $_ := set $image "newName" (printf "%s/%s" .registry $image.newName) -}}
  {{- end -}}
  {{- $image = mergeOverwrite $image (deepCopy (get .overrides (index $ 1) | default dict)) -}}
{{- end -}}
{{- $image.newName }}{{ if $image.digest }}@{{ $image.digest }}{{ else }}:{{ $image.newTag }}{{ end }}
{{- end -}}
