{{/*
Changes an object by a strategic merge patch, as Kustomize does: maps are merged, null removes a field, the items of the lists below are
merged by their key ("$patch: delete" removes one), and other lists are replaced. Argument: [object, patch].
*/}}
{{- define "heddle.merge" -}}
{{- $object := index . 0 -}}
{{- $keys := dict "containers" "name" "env" "name" "volumes" "name" "volumeMounts" "mountPath" "ports" "containerPort" "imagePullSecrets" "name" "rules" "host" -}}
{{- range $field, $new := index . 1 -}}
  {{- $old := get $object $field -}}
  {{- $key := get $keys $field -}}
  {{- if kindIs "invalid" $new -}}
    {{- $_ := unset $object $field -}}
  {{- else if and (kindIs "map" $new) (kindIs "map" $old) -}}
    {{- include "heddle.merge" (list $old $new) -}}
  {{- else if and $key $old (kindIs "slice" $old) (hasKey (first $old) ($key | default "")) -}}
    {{- $_ := set $object $field ((include "heddle.mergeItems" (list $key $old $new) | fromJson).items) -}}
  {{- else -}}
    {{- $_ := set $object $field (ternary (deepCopy $new) $new (kindIs "map" $new)) -}}
  {{- end -}}
{{- end -}}
{{- end -}}

{{/* Argument: [key, items, changes]. The result is JSON: {"items": […]}. */}}
{{- define "heddle.mergeItems" -}}
{{- $key := index . 0 -}}
{{- $rest := dict -}}
{{- range index . 2 -}}{{- $_ := set $rest (get . $key | toString) . -}}{{- end -}}
{{- $items := list -}}
{{- range $item := index . 1 -}}
  {{- $name := get $item $key | toString -}}
  {{- $change := get $rest $name -}}
  {{- if kindIs "map" $change -}}
    {{- include "heddle.merge" (list $item $change) -}}
    {{- $_ := unset $rest $name -}}
  {{- end -}}
  {{- if not (hasKey $item "$patch") -}}{{- $items = append $items $item -}}{{- end -}}
{{- end -}}
{{- range index . 2 -}}
  {{- if hasKey $rest (get . $key | toString) -}}{{- $items = append $items . -}}{{- end -}}
{{- end -}}
{{- dict "items" $items | toJson -}}
{{- end -}}
